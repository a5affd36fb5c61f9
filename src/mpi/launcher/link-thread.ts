/**
 * A thread of each rank that talks to its launcher, whatever the rank's tasks do. When the launcher is no more, it ends the rank at once.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { decodeBorrowed, encode } from '../../jobs/codec.ts';
import { Figures } from '../../jobs/figures.ts';
import { Control } from './control.ts';
import { loadNative } from '../native.ts';
import { Door, newLack } from './door.ts';
import { FrameReader, frameHead } from './frames.ts';
import type { Grant, LauncherMessage, RankMessage } from './messages.ts';
import { WindowArena, WindowShared } from './window-arena.ts';

export interface LinkData {
  /** Of the launcher: a path, or `host:port` for each of its addresses. */
  socket: string;
  hello: Extract<RankMessage, { kind: 'hello' }>;
  control: SharedArrayBuffer;
  figures: SharedArrayBuffer;
  port: MessagePort;
}

/** The memory of this rank's host, when it is there. */
export interface HostMemory {
  /** The file of the binding. */
  addon: string;
  address: bigint;
  bytes: number;
  /** Of the host; this one's number among them. */
  ranks: number;
  hostRank: number;
}

/** Milliseconds from one sign of life to the next. */
const BEAT = 200;
/** Milliseconds that an address has to answer. */
const CONNECTS = 5_000;
/** What the launcher says is read into it: it has room for a grant. */
const read = Buffer.allocUnsafeSlow(2 ** 19);

const { socket: addresses, hello, control: words, figures, port } = workerData as LinkData;
const control = new Control(words);
const counted = new Figures(figures);
const socket = await connectTo(addresses.split(','));

const die = (): void => void process.kill(process.pid, 'SIGKILL');
socket.on('close', die);
socket.on('error', die);
socket.setNoDelay(true);

const write = (message: RankMessage): void => send(encode(message));
function send(bytes: Uint8Array, written?: () => void): void {
  socket.cork();
  socket.write(frameHead(bytes.byteLength));
  socket.write(bytes, written);
  process.nextTick(() => socket.uncork());
}

let shared: WindowShared | undefined;
let hostRank = 0;
let watching = false;
let door: Door | undefined;
let heardAt = performance.now();
let silence = Infinity;

write(hello);
port.on('message', (message: Uint8Array | HostMemory) => {
  if (message instanceof Uint8Array) send(message, () => control.wrote());
  else open(message);
});
const reader = new FrameReader((frame) => {
  const message = decodeBorrowed(frame) as LauncherMessage;
  heardAt = performance.now();
  switch (message.kind) {
    case 'beat':
      return;
    case 'grant':
      load(message.grant);
      return;
    case 'give':
      write({ kind: 'gave', given: atDoor().give() });
      return;
    case 'open':
      silence = message.silence ?? Infinity;
      break;
    case 'rest':
    case 'stop':
      // The memory is freed soon.
      shared = undefined;
      door = undefined;
      control.stop();
      break;
    case 'cancelled':
      control.stop();
      break;
    case 'go':
    case 'inherit':
    case 'answer':
      break;
  }
  const own = new Uint8Array(frame);
  port.postMessage(own, [own.buffer]);
  control.ring();
});
setInterval(() => {
  if (performance.now() - heardAt > silence) die();
  write({ kind: 'figures', figures: counted.workers[hostRank]!, running: control.running });
}, BEAT);

let last: { address: bigint; memory: ArrayBuffer } | undefined;

function open({ addon, address, bytes, ranks, hostRank: number }: HostMemory): void {
  // It is the same from job to job, and V8 collects garbage when it hears of so much memory.
  if (last?.address !== address || last.memory.byteLength !== bytes)
    last = { address, memory: loadNative(addon).memoryAt(address, bytes) };
  shared = new WindowShared(new WindowArena(last.memory, control), ranks, control);
  hostRank = number;
  if (!watching) void watch();
  watching = true;
}

/** Tasks are offered when the launcher hears that they are there: one of them may end this process at once. */
function load(grant: Grant): void {
  const offer = atDoor().take(grant);
  send(encode({ kind: 'loaded' } satisfies RankMessage), () => {
    if (shared !== undefined) offer();
  });
}

function atDoor(): Door {
  door ??= new Door(shared!);
  return door;
}

/** Says when the host has too little to do. */
async function watch(): Promise<void> {
  let lows = 0;
  for (;;) {
    await control.untilLow(lows);
    ({ lows } = control);
    const what = shared && newLack(shared);
    if (what !== undefined) write({ kind: 'lacks', what });
  }
}

/** Takes what has come, in memory that the socket uses again. */
function heard(bytes: number): boolean {
  reader.push(read.subarray(0, bytes));
  return true;
}

/** Connects with the first address that answers. */
async function connectTo(places: readonly string[]): Promise<Socket> {
  let last: unknown;
  for (const place of places) {
    const [, host, portNumber] = /^([^/]+):(\d+)$/.exec(place) ?? [];
    const where = host === undefined ? { path: place } : { host, port: Number(portNumber) };
    const connecting = connect({ ...where, onread: { buffer: read, callback: heard } });
    try {
      await once(connecting, 'connect', { signal: AbortSignal.timeout(CONNECTS) });
      return connecting;
    } catch (error) {
      connecting.destroy();
      last = error;
    }
  }
  throw last;
}
