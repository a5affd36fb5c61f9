import { MessageChannel, Worker as Thread } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { siblingModule } from '../../config/module-path.ts';
import { decode, encode } from '../../jobs/codec.ts';
import { Figures } from '../../jobs/figures.ts';
import { Control } from './control.ts';
import type { HostMemory, LinkData } from './link-thread.ts';
import { VARIABLES } from './messages.ts';
import type { LauncherMessage, RankMessage } from './messages.ts';

/** Milliseconds that last words may take to leave. */
const LAST_WORDS = 1_000;

type MessageOf<K extends LauncherMessage['kind']> = Extract<LauncherMessage, { kind: K }>;

/** The connection of a rank with its launcher. */
export class Link {
  readonly rank: number;
  readonly control = new Control();
  readonly figures: Figures;
  readonly #port: MessagePort;
  readonly #awaited = new Map<string, (message: never) => void>();
  readonly #early = new Map<string, LauncherMessage>();
  #posted = 0;
  /** Takes what nobody awaits. */
  onMessage: ((message: LauncherMessage) => void) | undefined;

  private constructor(rank: number, ranks: number) {
    this.rank = rank;
    this.figures = Figures.create(ranks);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const workerData: LinkData = {
      socket: process.env[VARIABLES.socket]!,
      hello: { kind: 'hello', token: process.env[VARIABLES.token]!, rank, pid: process.pid },
      control: this.control.buffer,
      figures: this.figures.buffer,
      port: port2,
    };
    const thread = new Thread(siblingModule('./link-thread.ts', import.meta.url), {
      workerData,
      transferList: [port2],
      execArgv: ['--no-warnings'],
    });
    thread.unref();
    port1.on('message', (bytes: Uint8Array) => this.#heard(decode(bytes) as LauncherMessage));
  }

  /** Connects the rank that this process is. */
  static open(): Link {
    return new Link(Number(process.env['OMPI_COMM_WORLD_RANK']), Number(process.env['OMPI_COMM_WORLD_SIZE']));
  }

  /** Is on its way when this returns, also if the loop of this thread never turns again. */
  post(message: RankMessage): void {
    const bytes = encode(message);
    this.#posted += 1;
    this.#port.postMessage(bytes, [bytes.buffer]);
  }

  /** Lets the launcher reach the memory of this host through the link, whatever this thread does. */
  share(memory: HostMemory): void {
    this.#port.postMessage(memory);
  }

  /** Waits until all that was posted has left this process. */
  flush(): void {
    this.control.untilWritten(this.#posted, LAST_WORDS);
  }

  /** Resolves with the first message of some kinds. */
  async next<K extends LauncherMessage['kind']>(...kinds: K[]): Promise<MessageOf<K>> {
    const early = kinds.map((kind) => this.#early.get(kind)).find((message) => message !== undefined);
    if (early !== undefined) {
      this.#early.delete(early.kind);
      return early as MessageOf<K>;
    }
    return new Promise((resolve) => {
      for (const kind of kinds) {
        this.#awaited.set(kind, (message: never) => {
          for (const each of kinds) this.#awaited.delete(each);
          resolve(message);
        });
      }
    });
  }

  #heard(message: LauncherMessage): void {
    const awaited = this.#awaited.get(message.kind);
    this.#awaited.delete(message.kind);
    if (awaited !== undefined) awaited(message as never);
    else if (this.onMessage === undefined || isEnd(message)) this.#early.set(message.kind, message);
    this.onMessage?.(message);
  }
}

/** Whether a message ends a job: it is awaited when all has ended. */
function isEnd({ kind }: LauncherMessage): boolean {
  return kind === 'stop' || kind === 'rest';
}
