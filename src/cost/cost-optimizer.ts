import type { ModelReference } from '../domain/run.ts';
import type { TokenUsage } from './prices.ts';

/** What an operation may cost, before it starts. */
export interface CostEstimate {
  /** Names the operation: the same one has the same name. */
  operation: string;
  taskType: string;
  /** US dollars, at most as far as is known; `null` while unknown. */
  dollars: number | null;
  /** What that rests on, or why it is unknown: the end of a sentence. */
  basis: string;
  /** US dollars that whoever asked for it allows. */
  budget?: number;
  tags?: Readonly<Record<string, string>>;
}

export type Permission = { allowed: true } | { allowed: false; reason: string };

/** What an operation cost in US dollars: `null` where it is unknown, absent where nothing of the kind was measured. */
export interface OperationCost {
  /** What models asked. */
  token?: number | null;
  /** What tools and other services asked a call. */
  service?: number | null;
  /** Processors and memory. */
  compute?: number | null;
  /** Whether `compute` is a share of its process's, as far as that can be told, and not its own. */
  computeEstimated?: boolean;
  storage?: number | null;
  /** The sum; `null` while a part is unknown, absent where there is none. */
  total?: number | null;
}

/** What an operation cost, after it ended. */
export interface OperationSpent {
  operation: string;
  taskType: string;
  ok: boolean;
  cost: OperationCost;
  tags?: Readonly<Record<string, string>>;
}

/**
 * Has a say in what is spent: {@link CostOptimizationIntegrator} here, or the cost control of another system. One that
 * throws refuses.
 */
export interface CostOptimizer {
  /** Asked before an operation starts. */
  mayStart(estimate: CostEstimate): Permission | Promise<Permission>;
  /** Told when an operation that started has ended, however it did. */
  spent(spent: OperationSpent): void | Promise<void>;
}

/** Something that an operation paid for: a model's tokens, a service, or bytes that are kept. */
export type Spending =
  | ({ model: ModelReference } & TokenUsage)
  | { tokenDollars: number | null }
  | { dollars: number | null }
  | { bytes: number; seconds: number };

/** Thrown when an operation may cost more than it may, or its cost control refuses it. It has not started. */
export class CostRefused extends Error {
  override readonly name = 'CostRefused';
  readonly retryable = false;
  readonly estimate: CostEstimate;
  constructor(reason: string, estimate: CostEstimate) {
    super(`The operation does not start: ${reason}`);
    this.estimate = estimate;
  }
}
