import { checkArray, isArray, numberOfArray } from './arrays.ts';
import { Endpoint, ignore } from './endpoint.ts';
import type { MpiArray } from './native.ts';
import { ANY_SOURCE, ANY_TAG } from './operations.ts';
import type { Ended } from './progress.ts';
import { usage } from './runtime.ts';
import type { Status } from './runtime.ts';
import { deserialize, serialize } from './values.ts';

/** A value that was received. */
export interface Message<T = unknown> extends Status {
  /** What was sent; of a typed array, its bytes. */
  value: T;
}

/** How an array was filled. */
export interface Filled extends Status {
  /** Elements that were received. */
  count: number;
}

export interface Waiting {
  /** Gives up waiting: the promise rejects with its reason. What has been matched by then is received all the same. */
  signal?: AbortSignal;
}

/** Of what was sent as the call returned: most messages are, and to make a promise of its own for each takes as long as to send it. */
const SENT = Promise.resolve();
const failed = (error: unknown): Promise<never> =>
  SENT.then(() => {
    throw error;
  });

/**
 * Messages between two ranks. `send` and `recvInto` are not `async`: mostly they have ended when they return, and what V8 keeps of a function
 * that might wait is as much again.
 */
export class Messages extends Endpoint {
  /** Receives and probes under way. */
  #looking = 0;

  /** Sends a typed array as it is, without a copy, and any other value as `structuredClone` copies it. */
  send(value: unknown, dest: number, tag = 0): Promise<void> {
    try {
      this.checkMessage('send', 'dest', dest, tag);
      const array = isArray(value) ? value : serialize('send', value);
      const type = checkArray('send', array, 'value');
      const { progress } = this.runtime;
      this.runtime.address(this.handle, type, dest, tag, 0);
      const slot = this.native.startSend(array);
      return slot < 0 ? SENT : progress.ended(slot, 'send', { memory: [array] }).then(ignore);
    } catch (error) {
      return failed(error);
    }
  }

  sendSync(value: unknown, dest: number, tag = 0): void {
    this.checkMessage('send', 'dest', dest, tag);
    const array = isArray(value) ? value : serialize('send', value);
    this.runtime.address(this.handle, numberOfArray(array), dest, tag, 0);
    this.native.send(array);
  }

  /** Receives a value, whatever its length. */
  async recv<T = unknown>(source = ANY_SOURCE, tag = ANY_TAG, { signal }: Waiting = {}): Promise<Message<T>> {
    this.checkSource('recv', source, tag);
    signal?.throwIfAborted();
    const { progress } = this.runtime;
    const slot = this.native.startReceive(this.handle, source, tag, progress.look);
    let status: Status;
    if (this.runtime.done) {
      progress.endedAtOnce();
      status = this.runtime.status();
    } else {
      const { source, tag, bytes } = await this.#lookedFor(progress.ended(slot, 'recv', { brings: true, signal }));
      status = { source, tag, bytes };
    }
    return { value: deserialize(new Uint8Array(this.native.takeMessage(slot))) as T, ...status };
  }

  recvSync<T = unknown>(source = ANY_SOURCE, tag = ANY_TAG): Message<T> {
    this.checkSource('recv', source, tag);
    const memory = this.native.receive(this.handle, source, tag);
    const status = this.runtime.status();
    return { value: deserialize(new Uint8Array(memory)) as T, ...status };
  }

  /** Receives a typed array of the same type into one's own, without a copy. It may be longer than what comes. */
  recvInto(array: MpiArray, source = ANY_SOURCE, tag = ANY_TAG, { signal }: Waiting = {}): Promise<Filled> {
    try {
      this.checkSource('recvInto', source, tag);
      const type = checkArray('recvInto', array);
      signal?.throwIfAborted();
      const { progress } = this.runtime;
      this.runtime.address(this.handle, type, source, tag, progress.look);
      const slot = this.native.startReceiveInto(array);
      if (slot >= 0) return this.#fill(array, progress.ended(slot, 'recvInto', { memory: [array], signal }));
      progress.endedAtOnce();
      return Promise.resolve(this.#filled(array, this.runtime.status()));
    } catch (error) {
      return failed(error);
    }
  }

  async #fill(array: MpiArray, ending: Promise<Ended>): Promise<Filled> {
    const ended = await ending;
    if (array.length === 0 && ended.bytes > 0) {
      throw usage(
        'recvInto',
        'MPI_ERR_BUFFER',
        'The array was transferred while it was received into: keep it until then.',
      );
    }
    return this.#filled(array, ended);
  }

  recvIntoSync(array: MpiArray, source = ANY_SOURCE, tag = ANY_TAG): Filled {
    this.checkSource('recvInto', source, tag);
    this.runtime.address(this.handle, numberOfArray(array), source, tag, 0);
    this.native.receiveInto(array);
    return this.#filled(array, this.runtime.status());
  }

  /** Resolves when a message can be received, and leaves it where it is. */
  async probe(source = ANY_SOURCE, tag = ANY_TAG, { signal }: Waiting = {}): Promise<Status> {
    this.checkSource('probe', source, tag);
    signal?.throwIfAborted();
    const { progress } = this.runtime;
    const slot = this.native.startProbe(this.handle, source, tag, progress.look);
    if (this.runtime.done) {
      progress.endedAtOnce();
      return this.runtime.status();
    }
    const ended = await this.#lookedFor(progress.ended(slot, 'probe', { signal }));
    return { source: ended.source, tag: ended.tag, bytes: ended.bytes };
  }

  probeSync(source = ANY_SOURCE, tag = ANY_TAG): Status {
    this.checkSource('probe', source, tag);
    this.native.probe(this.handle, source, tag, true);
    return this.runtime.status();
  }

  /** The message that can be received now, if there is one. */
  iprobe(source = ANY_SOURCE, tag = ANY_TAG): Status | undefined {
    this.checkSource('iprobe', source, tag);
    return this.native.probe(this.handle, source, tag, false) ? this.runtime.status() : undefined;
  }

  /** @internal Receives and probes that MPI does not know of, and which must end before the communicator does. */
  protected get looking(): number {
    return this.#looking;
  }

  async #lookedFor<T>(ended: Promise<T>): Promise<T> {
    this.#looking += 1;
    try {
      return await ended;
    } finally {
      this.#looking -= 1;
    }
  }

  #filled(array: MpiArray, status: Status): Filled {
    return {
      source: status.source,
      tag: status.tag,
      bytes: status.bytes,
      count: status.bytes / array.BYTES_PER_ELEMENT,
    };
  }
}
