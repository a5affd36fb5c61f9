import { addSpending, collectSpending } from '../cost/spending.ts';
import type { CostOptimizationIntegrator } from '../cost/cost-optimization-integrator.ts';
import type { OperationCost, Spending } from '../cost/cost-optimizer.ts';
import type { ComputeUse } from '../cost/resource-costs.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { ExecutionMetrics } from './async/engine.ts';
import type { Operation } from './async/task.ts';
import type { FairShare, ProcessCpu, Share } from './fair-share.ts';
import type { Measured } from './metrics.ts';
import type { Busyness } from './observed-kinds.ts';
import type { FunctionContext } from './operation.ts';
import { Profile } from './profile.ts';

/** Milliseconds below which a share of a processor is but noise. */
const SHORTEST = 1;

/** What one execution took of processor, memory and disks. */
export interface Resources {
  cpu?: Measured;
  memory?: Measured;
  diskIo?: Measured;
}

/** Measures one execution while it runs. */
export class Execution {
  readonly #share: FairShare;
  readonly #profile: Profile | undefined;
  readonly #spendings: Spending[] = [];
  readonly #entries: LedgerEntry[] = [];
  readonly #cpu: ProcessCpu;
  readonly #mayGoOn: ((spendings: readonly Spending[]) => void) | undefined;
  #begun: ReturnType<FairShare['begin']> | undefined;
  #had: Share | undefined;
  /** When the last attempt on this thread began. */
  #attemptAt: number | undefined;

  /** @param mayGoOn throws when what was spent leaves nothing for another attempt */
  constructor(share: FairShare, profiling: boolean, mayGoOn?: (spendings: readonly Spending[]) => void) {
    this.#share = share;
    this.#mayGoOn = mayGoOn;
    this.#cpu = share.processCpu();
    this.#profile = profiling ? new Profile() : undefined;
  }

  /** An operation of this thread, with what it spends and takes noted. */
  noting(work: (context: FunctionContext) => unknown): Operation<unknown> {
    const spend = (spending: Spending): void => void this.#spendings.push(spending);
    return (task) => {
      if (task.attempt > 1) this.#mayGoOn?.(this.#paid);
      this.#begun ??= this.#share.begin();
      this.#attemptAt = performance.now();
      const context: FunctionContext = {
        get signal() {
          return task.signal;
        },
        attempt: task.attempt,
        spend,
      };
      return collectSpending(this.#entries, () => work(context));
    };
  }

  /** Milliseconds since its last attempt on this thread began; 0 when there was none. */
  get lasted(): number {
    return this.#attemptAt === undefined ? 0 : performance.now() - this.#attemptAt;
  }

  /** It has ended, however it did. @returns what profiling measured */
  end(): ReturnType<Profile['end']> | undefined {
    if (this.#begun !== undefined) this.#had = this.#share.end(this.#begun);
    // What was collected here, whoever collects outside is to have as well.
    if (this.#entries.length > 0) addSpending(this.#entries);
    return this.#profile?.end();
  }

  /** How long it kept its thread busy, as far as that can be told from others. */
  busyness({ took, busy, execution }: ExecutionMetrics): Busyness | undefined {
    if (took !== undefined && busy !== undefined) return { busy, time: took, alone: true };
    return this.#had === undefined ? undefined : { busy: this.#had.busy, time: execution, alone: this.#had.alone };
  }

  /** @param own what its component measured of it alone */
  resources(own: ExecutionMetrics, diskIo: number | undefined): Resources {
    if (own.memory !== undefined) {
      const { cpu, memory, took = 0, disk } = own;
      const io = disk !== undefined ? ofOperation(disk) : diskIo === undefined ? undefined : ofProcess(diskIo);
      return {
        ...(cpu === undefined || took < SHORTEST ? {} : { cpu: ofOperation((100 * cpu) / took) }),
        memory: ofOperation(memory),
        ...(io === undefined ? {} : { diskIo: io }),
      };
    }
    const { cpu, at } = this.#share.processCpu();
    const time = at - this.#cpu.at;
    return {
      ...(time === 0 ? {} : { cpu: ofProcess((100 * (cpu - this.#cpu.cpu)) / time) }),
      memory: ofProcess(this.#share.resident() / 2 ** 20),
      ...(diskIo === undefined ? {} : { diskIo: ofProcess(diskIo) }),
    };
  }

  /** @param own what its component measured of it alone */
  cost(integrator: CostOptimizationIntegrator, own?: ExecutionMetrics): OperationCost {
    return integrator.costOf(this.#compute(own), this.#paid);
  }

  get #paid(): Spending[] {
    return [...this.#spendings, ...this.#entries.map(spendingOf)];
  }

  #compute(own: ExecutionMetrics | undefined): ComputeUse | undefined {
    if (own?.cpu !== undefined) {
      const { cpu, memory, execution } = own;
      const held = memory === undefined ? {} : { memoryGibSeconds: (memory / 1_024) * (execution / 1_000) };
      return { cpuSeconds: cpu / 1_000, ...held, estimated: false };
    }
    if (this.#had === undefined) return undefined;
    return { cpuSeconds: this.#had.cpu / 1_000, memoryGibSeconds: this.#had.memoryGibSeconds, estimated: true };
  }
}

/** A request that never was answered has cost nobody knows what. */
function spendingOf({ kind, known, dollars }: LedgerEntry): Spending {
  const paid = known ? dollars : null;
  return kind === 'model' ? { tokenDollars: paid } : { dollars: paid };
}

function ofOperation(value: number): Measured {
  return { value, scope: 'operation' };
}

function ofProcess(value: number): Measured {
  return { value, scope: 'process' };
}
