import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { once } from 'node:events';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import { decode, encode } from '../../jobs/codec.ts';
import { StoreServer } from '../../jobs/serve-store.ts';
import { sentError } from '../../jobs/messages.ts';
import { FrameReader, frameHead } from './frames.ts';
import type { LauncherMessage, RankMessage } from './messages.ts';

/** A rank, as its launcher knows it. */
export class Member {
  readonly rank: number;
  readonly pid: number;
  /** When it was last heard, by the clock of `performance`. */
  heardAt = performance.now();
  readonly #socket: Socket;
  readonly #store: StoreServer | undefined;

  constructor(
    socket: Socket,
    { rank, pid }: Extract<RankMessage, { kind: 'hello' }>,
    artifacts: ArtifactStore | undefined,
  ) {
    this.#socket = socket;
    this.rank = rank;
    this.pid = pid;
    this.#store = artifacts && new StoreServer(artifacts);
  }

  tell(message: LauncherMessage): void {
    if (this.#socket.destroyed) return;
    const bytes = encode(message);
    this.#socket.cork();
    this.#socket.write(frameHead(bytes.byteLength));
    this.#socket.write(bytes);
    process.nextTick(() => this.#socket.uncork());
  }

  async answer({ call, method, input }: Extract<RankMessage, { kind: 'artifact' }>): Promise<void> {
    try {
      this.tell({ kind: 'answer', call, value: await this.#store!.answer(method, input) });
    } catch (error) {
      this.tell({ kind: 'answer', call, error: sentError(error) });
    }
  }

  close(): void {
    this.#store?.close();
    this.#socket.destroy();
  }
}

export interface MembersOptions {
  path: string;
  token: string;
  artifacts: ArtifactStore | undefined;
  onMessage: (member: Member, message: RankMessage) => void;
  onClosed: (member: Member) => void;
}

/** The ranks of a launch that are connected with their launcher. */
export class Members {
  readonly #options: MembersOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #members = new Map<number, Member>();

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#connected(socket));
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#options.path);
    await once(this.#server, 'listening');
  }

  get size(): number {
    return this.#members.size;
  }

  get(rank: number): Member | undefined {
    return this.#members.get(rank);
  }

  [Symbol.iterator](): IterableIterator<Member> {
    return this.#members.values();
  }

  tellAll(message: LauncherMessage): void {
    for (const member of this.#members.values()) member.tell(message);
  }

  /** Gives a rank up: it is heard no more. */
  drop(member: Member): void {
    if (this.#members.get(member.rank) !== member) return;
    this.#members.delete(member.rank);
    member.close();
  }

  async close(): Promise<void> {
    for (const member of [...this.#members.values()]) this.drop(member);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connected(socket: Socket): void {
    let member: Member | undefined;
    const { token, artifacts, onMessage, onClosed } = this.#options;
    this.#sockets.add(socket);
    const reader = new FrameReader((frame) => {
      const message = decode(frame) as RankMessage;
      if (member === undefined) {
        if (message.kind !== 'hello' || message.token !== token) {
          socket.destroy();
          return;
        }
        member = new Member(socket, message, artifacts);
        this.#members.set(member.rank, member);
      }
      if (this.#members.get(member.rank) !== member) return;
      member.heardAt = performance.now();
      onMessage(member, message);
    });
    socket.on('data', (part) => reader.push(part));
    // What a dead rank's socket still says of its end is no news.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (member === undefined || this.#members.get(member.rank) !== member) return;
      this.drop(member);
      onClosed(member);
    });
  }
}
