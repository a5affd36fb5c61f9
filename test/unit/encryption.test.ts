import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSetting, SettingError } from '../../src/config/read-setting.ts';
import { DecryptionError, EncryptionCodec } from '../../src/encryption/codec.ts';
import { encryptingDataConverter, secretNames } from '../../src/encryption/data-converter.ts';
import { SEEDED } from '../support/property.ts';

const newKey = (id: string) => ({ id, bytes: randomBytes(32) });
const text = (payload: Payload): string => Buffer.from(payload.data!).toString('latin1');

describe('the codec', () => {
  const key = newKey('k1');
  const codec = new EncryptionCodec([key]);

  it('gives back what it was given', async () => {
    await fc.assert(
      // JSON knows no -0.
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.uint8Array(), async (given, bytes) => {
        const values = JSON.parse(JSON.stringify(given)) as unknown[];
        const payloads = [...values, bytes].map((value) => defaultPayloadConverter.toPayload(value));
        const encoded = await codec.encode(payloads);
        const decoded = await codec.decode(encoded);
        expect(decoded.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual([...values, bytes]);
      }),
      SEEDED,
    );
  });

  it('names its key, and never writes the same twice', async () => {
    const payload = defaultPayloadConverter.toPayload('the same words');
    const [one, other] = await codec.encode([payload, payload]);
    expect(Buffer.from(one!.metadata!['encoding']!).toString()).toBe('binary/encrypted');
    expect(Buffer.from(one!.metadata!['encryption-key-id']!).toString()).toBe('k1');
    expect(Object.keys(one!.metadata!)).toEqual(['encoding', 'encryption-key-id']);
    expect(text(one!)).not.toContain('the same words');
    expect(text(one!)).not.toBe(text(other!));
  });

  it('leaves what is not encrypted, and encrypts nothing without a key', async () => {
    const payload = defaultPayloadConverter.toPayload('plain');
    expect(await codec.decode([payload])).toEqual([payload]);
    expect(await new EncryptionCodec([]).encode([payload])).toEqual([payload]);
  });

  it('reads with any key, and writes with the first', async () => {
    const [encoded] = await codec.encode([defaultPayloadConverter.toPayload('words')]);
    const both = new EncryptionCodec([newKey('k2'), key]);
    expect(defaultPayloadConverter.fromPayload((await both.decode([encoded!]))[0]!)).toBe('words');
    const [again] = await both.encode([defaultPayloadConverter.toPayload('words')]);
    expect(Buffer.from(again!.metadata!['encryption-key-id']!).toString()).toBe('k2');
  });

  it.each([
    ['no key', [], '"k1", and KGOT_ENCRYPTION_KEYS is not set: add k1:KEY to it'],
    ['other keys', [newKey('a'), newKey('b')], '"k1", and KGOT_ENCRYPTION_KEYS has only a, b: add k1:KEY to it'],
    [
      'another key of that name',
      [newKey('k1')],
      'cannot be decrypted with the key "k1": KGOT_ENCRYPTION_KEYS holds another',
    ],
  ])('with %s says which key it wants', async (_, keys, message) => {
    const [encoded] = await codec.encode([defaultPayloadConverter.toPayload('words')]);
    const decoding = new EncryptionCodec(keys).decode([encoded!]);
    await expect(decoding).rejects.toThrow(message);
    await expect(decoding).rejects.toBeInstanceOf(DecryptionError);
  });

  it('notices a change of any byte', async () => {
    const [encoded] = await codec.encode([defaultPayloadConverter.toPayload('words')]);
    for (const index of encoded!.data!.keys()) {
      const data = Uint8Array.from(encoded!.data!);
      data[index]! ^= 1;
      await expect(codec.decode([{ ...encoded!, data }])).rejects.toThrow(DecryptionError);
    }
    await expect(codec.decode([{ ...encoded!, data: new Uint8Array(3) }])).rejects.toThrow(DecryptionError);
  });

  it('reads what Temporal’s samples write: nonce, ciphertext, tag', async () => {
    const algorithm = await crypto.subtle.importKey('raw', key.bytes, 'AES-GCM', false, ['encrypt']);
    const iv = randomBytes(12);
    // A payload of the metadata encoding=json/plain and the data "hi" in quotes, as protobuf.
    const plain = Buffer.from('\n\x16\n\bencoding\x12\njson/plain\x12\x04"hi"');
    const sealed = Buffer.from(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, algorithm, plain));
    const metadata = { encoding: Buffer.from('binary/encrypted'), 'encryption-key-id': Buffer.from('k1') };
    const [decoded] = await codec.decode([{ metadata, data: Buffer.concat([iv, sealed]) }]);
    expect(defaultPayloadConverter.fromPayload(decoded!)).toBe('hi');
  });
});

describe('the keys', () => {
  const good = randomBytes(32).toString('base64');
  const read = (keys: string) => readSetting('encryptionKeys', { KGOT_ENCRYPTION_KEYS: keys });

  it('are read in their order', () => {
    const other = randomBytes(32);
    expect(read(`2026-11:${good}, old_1:${other.toString('base64url')}`)).toEqual([
      { id: '2026-11', bytes: Buffer.from(good, 'base64') },
      { id: 'old_1', bytes: other },
    ]);
    expect(read('')).toBeUndefined();
  });

  it.each([
    [good, 'entry 1 is not of the form ID:KEY'],
    [`a:${good},`, 'entry 2 is not of the form ID:KEY'],
    [`a b:${good}`, 'entry 1 is not of the form ID:KEY'],
    [`a:${good},a:${good}`, 'the id a stands there twice'],
    [
      `a:${randomBytes(16).toString('base64')}`,
      'the key a has 16 bytes: give 32, in base64, as "openssl rand -base64 32"',
    ],
    ['a:c2hvcnQ=', 'the key a has 5 bytes'],
  ])('that cannot be right are refused without showing them: %#', (keys, message) => {
    expect(() => read(keys)).toThrow(SettingError);
    expect(() => read(keys)).toThrow(`KGOT_ENCRYPTION_KEYS cannot be right: ${message}`);
    expect(() => read(keys)).not.toThrow(new RegExp(good.slice(0, 8).replace(/\W/g, '.')));
  });

  it('make failures part of payloads, where there are any', () => {
    expect(encryptingDataConverter({}).failureConverterPath).toBeUndefined();
    expect(encryptingDataConverter({ KGOT_ENCRYPTION_KEYS: `a:${good}` }).failureConverterPath).toMatch(
      /failure-converter/,
    );
  });

  it('make names that nobody without them can guess', () => {
    expect(secretNames('question', {})).toEqual([]);
    const [a, b] = secretNames('question', {
      KGOT_ENCRYPTION_KEYS: `a:${good},b:${randomBytes(32).toString('base64')}`,
    });
    expect(a).toMatch(/^[0-9a-f]{16}$/);
    expect(a).not.toBe(b);
    expect(secretNames('question', { KGOT_ENCRYPTION_KEYS: `x:${good}` })).toEqual([a]);
  });
});
