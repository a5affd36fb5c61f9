import { addSpending, collectSpending } from '../cost/spending.ts';
import type { CostOptimizationIntegrator } from '../cost/cost-optimization-integrator.ts';
import type { OperationCost, Spending } from '../cost/cost-optimizer.ts';
import type { ComputeUse } from '../cost/resource-costs.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { ExecutionMetrics } from './async/engine.ts';
import type { Operation } from './async/task.ts';
import { mainThreadCpu } from './fair-share.ts';
import type { FairShare, Share } from './fair-share.ts';
import type { Measured } from './metrics.ts';
import type { ProcessorUse } from './observed-kinds.ts';
import type { FunctionContext } from './operation.ts';
import { Profile } from './profile.ts';

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
  readonly #startedAt = performance.now();
  readonly #cpu = process.cpuUsage();
  #begun: Share | undefined;
  #had: Share | undefined;
  /** When the last attempt on this thread began, and this thread's processor time when the first did. */
  #attemptAt: number | undefined;
  #cpuBefore = 0;

  constructor(share: FairShare, profiling: boolean) {
    this.#share = share;
    this.#profile = profiling ? new Profile() : undefined;
  }

  /** An operation of this thread, with what it spends and takes noted. */
  noting(work: (context: FunctionContext) => unknown): Operation<unknown> {
    const spend = (spending: Spending): void => void this.#spendings.push(spending);
    return (task) => {
      if (this.#begun === undefined) {
        this.#begun = this.#share.begin();
        this.#cpuBefore = mainThreadCpu();
      }
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

  /** Processor time that it took, as far as it can be told from that of others. */
  processor({ cpu, execution }: ExecutionMetrics): ProcessorUse | undefined {
    if (cpu !== undefined) return { cpu, most: cpu, time: execution };
    if (this.#had === undefined) return undefined;
    return { cpu: this.#had.cpu, most: mainThreadCpu() - this.#cpuBefore, time: execution };
  }

  /** @param own what its component measured of it alone */
  resources(own: ExecutionMetrics, diskIo: number | undefined): Resources {
    if (own.memory !== undefined) {
      const { cpu, memory, execution, disk } = own;
      const io = disk !== undefined ? ofOperation(disk) : diskIo === undefined ? undefined : ofProcess(diskIo);
      return {
        ...(cpu === undefined || execution === 0 ? {} : { cpu: ofOperation((100 * cpu) / execution) }),
        memory: ofOperation(memory),
        ...(io === undefined ? {} : { diskIo: io }),
      };
    }
    const { user, system } = process.cpuUsage(this.#cpu);
    const wall = performance.now() - this.#startedAt;
    return {
      ...(wall === 0 ? {} : { cpu: ofProcess((user + system) / 10 / wall) }),
      memory: ofProcess(this.#share.resident() / 2 ** 20),
      ...(diskIo === undefined ? {} : { diskIo: ofProcess(diskIo) }),
    };
  }

  /** @param own what its component measured of it alone */
  cost(integrator: CostOptimizationIntegrator, own?: ExecutionMetrics): OperationCost {
    return integrator.costOf(this.#compute(own), [...this.#spendings, ...this.#entries.map(spendingOf)]);
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
