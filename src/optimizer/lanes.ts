import { WaitingLine } from './async/waiting-line.ts';

interface Waiting {
  most: number;
  go: () => void;
}

interface Lane {
  running: number;
  waiting: number;
  line: WaitingLine<Waiting> | undefined;
  /** Out of the line, but not begun: less must run first. */
  next: Waiting | undefined;
}

const PRIORITIES = 10;

/** How many executions of one name run at once, each with its own opinion of how many may; the most urgent first. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();

  /**
   * Waits for a place.
   *
   * @param most that may run at once, this one included
   * @returns undefined when there is one already
   */
  enter(name: string, most: number, priority: number): Promise<void> | undefined {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { running: 0, waiting: 0, line: undefined, next: undefined };
      this.#lanes.set(name, lane);
    }
    if (lane.waiting === 0 && lane.running < most) {
      lane.running += 1;
      return undefined;
    }
    lane.waiting += 1;
    const line = (lane.line ??= new WaitingLine(PRIORITIES));
    return new Promise((go) => line.push({ most, go }, priority));
  }

  leave(name: string): void {
    const lane = this.#lanes.get(name)!;
    lane.running -= 1;
    while (lane.waiting > 0) {
      const next = (lane.next ??= lane.line!.shift()!);
      if (lane.running >= next.most) return;
      lane.next = undefined;
      lane.waiting -= 1;
      lane.running += 1;
      next.go();
    }
    if (lane.running === 0) this.#lanes.delete(name);
  }

  /** What runs and waits, by name. */
  get status(): Record<string, { running: number; waiting: number }> {
    return Object.fromEntries([...this.#lanes].map(([name, { running, waiting }]) => [name, { running, waiting }]));
  }

  get waiting(): number {
    let sum = 0;
    for (const lane of this.#lanes.values()) sum += lane.waiting;
    return sum;
  }
}
