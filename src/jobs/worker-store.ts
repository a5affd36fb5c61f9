import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { receivedError } from './messages.ts';
import type { MainMessage, WorkerMessage, WorkerPort } from './messages.ts';

interface Asked {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/** The main thread's artifact store, for tasks on other threads: calls go there, and their answers come back. */
export class WorkerStore implements ArtifactStore {
  readonly #port: WorkerPort;
  readonly #asked = new Map<number, Asked>();
  #calls = 0;

  constructor(port: WorkerPort) {
    this.#port = port;
  }

  create(name: string, content: Uint8Array | string): Promise<boolean> {
    return this.#ask('create', name, content);
  }

  async read(name: string): Promise<Buffer | undefined> {
    const content = await this.#ask<Uint8Array<ArrayBuffer> | undefined>('read', name);
    return content && bufferOver(content);
  }

  remove(name: string): Promise<void> {
    return this.#ask('remove', name);
  }

  list(prefix: string): Promise<string[]> {
    return this.#ask('list', prefix);
  }

  bytesBelow(prefix: string): Promise<number> {
    return this.#ask('bytesBelow', prefix);
  }

  putContent(content: Uint8Array | string): Promise<string> {
    return this.#ask('putContent', content);
  }

  async putStream(parts: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
    const stream = (this.#calls += 1);
    const kept = this.#ask<{ sha256: string; bytes: number }>('putStream', stream);
    // One that cannot be kept says so at its end.
    kept.catch(() => undefined);
    try {
      for await (const part of parts) await this.#ask('streamPart', stream, part);
    } catch (error) {
      await this.#ask('streamFailed', stream);
      throw error;
    }
    await this.#ask('streamEnd', stream);
    return kept;
  }

  async getContent(sha256: string): Promise<Buffer> {
    return bufferOver(await this.#ask<Uint8Array<ArrayBuffer>>('getContent', sha256));
  }

  sizeOfContent(sha256: string): Promise<number> {
    return this.#ask('sizeOfContent', sha256);
  }

  /** Takes what the main thread answers. */
  answered({ call, value, error }: Extract<MainMessage, { kind: 'answer' }>): void {
    const asked = this.#asked.get(call);
    this.#asked.delete(call);
    if (error === undefined) asked?.resolve(value as never);
    else asked?.reject(receivedError(error));
  }

  #ask<T>(method: string, ...input: unknown[]): Promise<T> {
    const call = (this.#calls += 1);
    return new Promise<T>((resolve, reject) => {
      this.#asked.set(call, { resolve, reject });
      const message: WorkerMessage = { kind: 'artifact', call, method, input };
      this.#port.postMessage(message);
    });
  }
}

function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
