import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { once } from 'node:events';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import { decode, encode } from '../../jobs/codec.ts';
import { StoreServer } from '../../jobs/serve-store.ts';
import { sentError } from '../../jobs/messages.ts';
import { FrameReader, frameHead } from './frames.ts';
import type { LauncherMessage, RankMessage } from './messages.ts';

/** Milliseconds from one word of the launcher to the next, at most: ranks on other hosts know by it that it is there. */
const BEAT = 500;

/** Bytes that the first word of a rank has, at most. */
const HELLO_BYTES = 4_096;

/** A rank, as its launcher knows it. */
export class Member {
  readonly rank: number;
  readonly pid: number;
  /** When it was last heard, by the clock of `performance`. */
  heardAt = performance.now();
  readonly #socket: Socket;
  #store: StoreServer | undefined;

  constructor(socket: Socket, { rank, pid }: Extract<RankMessage, { kind: 'hello' }>) {
    this.#socket = socket;
    this.rank = rank;
    this.pid = pid;
  }

  /** Its tasks reach this store from now on. */
  serve(artifacts: ArtifactStore | undefined): void {
    this.#store?.close();
    this.#store = artifacts && new StoreServer(artifacts);
  }

  /** Whether this process is to go on for it. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#socket.ref();
    else this.#socket.unref();
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
  /** Where ranks connect: a socket of this machine, or an address of it that hosts reach. */
  at: { path: string } | { address?: string };
  token: string;
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
    const { at } = this.#options;
    if ('path' in at) this.#server.listen(at.path);
    else this.#server.listen(0, at.address);
    await once(this.#server, 'listening');
    if (!('path' in at)) this.#beat = setInterval(() => this.tellAll({ kind: 'beat' }), BEAT).unref();
  }

  #beat: NodeJS.Timeout | undefined;

  /** Where ranks find it: the path, or each address of this machine with the port. */
  get addresses(): string[] {
    const { at } = this.#options;
    if ('path' in at) return [at.path];
    const { port } = this.#server.address() as AddressInfo;
    const addresses = at.address === undefined ? ownAddresses() : [at.address];
    return addresses.map((address) => `${address}:${port}`);
  }

  /** Tasks reach this store from now on. */
  serve(artifacts: ArtifactStore | undefined): void {
    this.#artifacts = artifacts;
    for (const member of this) member.serve(artifacts);
  }

  #artifacts: ArtifactStore | undefined;

  /** Whether this process is to go on for them. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#server.ref();
    else this.#server.unref();
    for (const member of this) member.hold(isHeld);
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
    clearInterval(this.#beat);
    for (const member of [...this.#members.values()]) this.drop(member);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connected(socket: Socket): void {
    let member: Member | undefined;
    const { token, onMessage, onClosed } = this.#options;
    this.#sockets.add(socket);
    const reader = new FrameReader((frame) => {
      const message = decode(frame) as RankMessage;
      if (member === undefined) {
        if (message.kind !== 'hello' || message.token !== token) {
          socket.destroy();
          return;
        }
        member = new Member(socket, message);
        reader.most = Infinity;
        member.serve(this.#artifacts);
        this.#members.set(member.rank, member);
      }
      if (this.#members.get(member.rank) !== member) return;
      member.heardAt = performance.now();
      onMessage(member, message);
    });
    reader.most = HELLO_BYTES;
    socket.on('data', (part) => {
      try {
        reader.push(part);
      } catch (error) {
        if (member !== undefined) throw error;
        // Of someone who is no rank.
        socket.destroy();
      }
    });
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

/** Addresses of this machine that others may reach, those of IPv4 first. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const reachable = all.filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0);
  return reachable
    .sort((a, b) => (a.family < b.family ? -1 : a.family > b.family ? 1 : 0))
    .map(({ address }) => address);
}
