/**
 * A thread of each rank that talks to its launcher, whatever the rank's tasks do. When the launcher is no more, it ends the rank at once.
 */
import { connect } from 'node:net';
import { workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { decode, encode } from '../../jobs/codec.ts';
import { Figures } from '../../jobs/figures.ts';
import { Control } from './control.ts';
import { FrameReader, frameHead } from './frames.ts';
import type { LauncherMessage, RankMessage } from './messages.ts';

export interface LinkData {
  /** Of the launcher: a path, or `host:port`. */
  socket: string;
  hello: Extract<RankMessage, { kind: 'hello' }>;
  control: SharedArrayBuffer;
  figures: SharedArrayBuffer;
  port: MessagePort;
}

/** Milliseconds from one sign of life to the next. */
const BEAT = 200;

const { socket: address, hello, control: words, figures, port } = workerData as LinkData;
const control = new Control(words);
const counted = new Figures(figures);
const [, host, portNumber] = /^([^/]+):(\d+)$/.exec(address) ?? [];
const socket = host === undefined ? connect(address) : connect(Number(portNumber), host);

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

write(hello);
port.on('message', (bytes: Uint8Array) => send(bytes, () => control.wrote()));
const reader = new FrameReader((frame) => {
  const { kind } = decode(frame) as LauncherMessage;
  if (kind === 'stop' || kind === 'cancelled') control.stop();
  port.postMessage(frame, [frame.buffer]);
  control.ring();
});
socket.on('data', (part) => reader.push(part));
setInterval(() => write({ kind: 'figures', figures: counted.workers[hello.rank]!, running: control.running }), BEAT);
