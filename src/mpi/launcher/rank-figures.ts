import { loadBalance, parallelEfficiency } from '../../jobs/metrics.ts';
import type { JobMetrics, WorkerMetrics } from '../../jobs/metrics.ts';

/** What a job on ranks took. `elapsed` begins when its ranks are there; `replaced` are ranks that died. */
export interface MpiMetrics extends JobMetrics {
  /** Starts of mpiexec, or 1 where ranks were there: more than one where they were lost. */
  launches: number;
  /** Milliseconds in which ranks were started. */
  launching: number;
  /** Milliseconds that `reduce` took, with bringing results to it. */
  reducing: number;
}

const NOTHING: WorkerMetrics = { tasks: 0, stealsTried: 0, steals: 0, busy: 0, idle: 0, waiting: 0 };

/** What the ranks of all launches of a job have done, by their numbers. */
export class RankFigures {
  #before: WorkerMetrics[];
  #now: WorkerMetrics[];
  #launches = 0;
  #launching = 0;
  #deaths = 0;
  #reducing = 0;
  #launchedAt = 0;
  #beganAt: number | undefined;
  #elapsed: number | undefined;

  constructor(ranks: number) {
    this.#before = Array.from({ length: ranks }, () => NOTHING);
    this.#now = this.#before;
  }

  /** Ranks are started. */
  launch(): void {
    this.#before = this.#sums;
    this.#now = this.#before.map(() => NOTHING);
    this.#launches += 1;
    this.#launchedAt = performance.now();
  }

  /** They are there. */
  begin(): void {
    this.#beganAt ??= performance.now();
    this.#launching += performance.now() - this.#launchedAt;
  }

  set(rank: number, figures: WorkerMetrics): void {
    this.#now[rank] = figures;
  }

  died(): void {
    this.#deaths += 1;
  }

  /** All tasks have ended. */
  end(): void {
    this.#elapsed = this.#beganAt === undefined ? 0 : performance.now() - this.#beganAt;
  }

  reduced(milliseconds: number): void {
    this.#reducing = milliseconds;
  }

  get hasEnded(): boolean {
    return this.#elapsed !== undefined;
  }

  metrics({ tasks, spawned }: { tasks: number; spawned: number }): MpiMetrics {
    const workers = this.#sums;
    const elapsed = this.#elapsed ?? (this.#beganAt === undefined ? 0 : performance.now() - this.#beganAt);
    return {
      tasks,
      spawned,
      elapsed,
      replaced: this.#deaths,
      workers,
      parallelEfficiency: parallelEfficiency(workers, elapsed),
      loadBalance: loadBalance(workers),
      launches: this.#launches,
      launching: this.#launching,
      reducing: this.#reducing,
    };
  }

  get #sums(): WorkerMetrics[] {
    return this.#before.map((before, rank) => {
      const now = this.#now[rank]!;
      const sum = { ...before };
      for (const field of Object.keys(sum) as (keyof WorkerMetrics)[]) sum[field] += now[field];
      return sum;
    });
  }
}
