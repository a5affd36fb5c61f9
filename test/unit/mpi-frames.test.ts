import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader, frameHead } from '../../src/mpi/launcher/frames.ts';

describe('frames of a socket', () => {
  test('are whole however they are cut, and in memory that is used again', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.flatMap((frame) => [frameHead(frame.length), frame]));
        const read = Buffer.alloc(50);
        const came: number[][] = [];
        const reader = new FrameReader((frame) => came.push([...frame]));
        for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
          const copied = bytes.copy(read, 0, at, at + cuts[cut % cuts.length]!);
          reader.push(read.subarray(0, copied));
          at += copied;
        }
        expect(came).toEqual(sent.map((frame) => [...frame]));
      }),
    );
  });

  test('that are longer than they may be are refused before they have come', () => {
    const reader = new FrameReader(() => undefined);
    reader.most = 4;
    reader.push(Buffer.concat([frameHead(4), Buffer.from('four')]));
    expect(() => reader.push(frameHead(5))).toThrow('A frame of 5 bytes is longer than 4.');
  });
});
