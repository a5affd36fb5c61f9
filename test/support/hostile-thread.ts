/** A thread of a converter that does what a document is named after. */
import { threadId } from 'node:worker_threads';
import type { Converted, ThreadTask } from '../../src/documents/thread.ts';

export default function read({ hint, port }: ThreadTask): Converted {
  port.postMessage({ kind: 'begun', thread: threadId });
  switch (hint.name) {
    case 'loop':
      for (;;);
    case 'member, then loop':
      port.postMessage({ kind: 'member', name: 'member', mediaType: 'text/plain', bytes: new Uint8Array(1) });
      for (;;);
    case 'objects':
      for (const kept: unknown[] = []; ;) kept.push({ kept: kept.length });
    case 'buffers':
      for (const kept: unknown[] = []; ;) kept.push(new Uint8Array(1024 * 1024).fill(1));
    case 'exit':
      process.exit(3);
    case 'throw':
      throw new TypeError('a fault of ours');
    default:
      port.close();
      return {
        kind: 'text',
        text: `read ${hint.name} in thread ${threadId}, which knows ${Object.keys(process.env).join()}`,
      };
  }
}
