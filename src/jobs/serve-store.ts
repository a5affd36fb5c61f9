import type { ArtifactStore } from '../artifacts/artifact-store.ts';

type Stream = { parts: AsyncIterable<Uint8Array>; push(part: Uint8Array): Promise<void>; end(error?: Error): void };

/** Answers the calls of one worker's {@link WorkerStore}. */
export class StoreServer {
  readonly #store: ArtifactStore;
  readonly #streams = new Map<number, Stream>();

  constructor(store: ArtifactStore) {
    this.#store = store;
  }

  async answer(method: string, input: unknown[]): Promise<unknown> {
    const store = this.#store;
    const [first, second] = input as [string, Uint8Array | string];
    switch (method) {
      case 'create':
        return store.create(first, second);
      case 'read':
        return store.read(first);
      case 'remove':
        return store.remove(first);
      case 'list':
        return store.list(first);
      case 'bytesBelow':
        return store.bytesBelow(first);
      case 'putContent':
        return store.putContent(first);
      case 'getContent':
        return store.getContent(first);
      case 'sizeOfContent':
        return store.sizeOfContent(first);
      default:
        return this.#stream(method, Number(first), second as Uint8Array);
    }
  }

  /** Ends what a worker that is no more had begun. */
  close(): void {
    for (const stream of this.#streams.values()) stream.end(new Error('The worker that wrote the content has ended.'));
  }

  async #stream(method: string, id: number, part: Uint8Array): Promise<unknown> {
    if (method === 'putStream') {
      const stream = pushable();
      this.#streams.set(id, stream);
      return this.#store.putStream(stream.parts).finally(() => {
        stream.end();
        this.#streams.delete(id);
      });
    }
    const stream = this.#streams.get(id);
    if (method === 'streamPart') await stream?.push(part);
    else stream?.end(method === 'streamFailed' ? new Error('What gave the content failed.') : undefined);
    return undefined;
  }
}

/** Parts that are pushed one by one; each push resolves when the part is taken. */
function pushable(): Stream {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const quiet = (): void => undefined;
  writer.closed.catch(quiet);
  return {
    parts: readable as AsyncIterable<Uint8Array>,
    // A store that failed takes nothing more; why, its own answer says.
    push: (part) => writer.write(part).catch(quiet),
    end: (error) => {
      (error === undefined ? writer.close() : writer.abort(error)).catch(quiet);
    },
  };
}
