import { receivedError } from '../../jobs/messages.ts';
import type { SentError } from '../../jobs/messages.ts';
import { TaskEndedRank } from './errors.ts';
import type { Generation } from './generation.ts';
import type { Journal } from './journal.ts';
import type { Inheritance, Inherited } from './messages.ts';

/** Ranks that a task may end before it is given up. */
const LIVES = 2;

/** What a generation has lost. */
export interface Dead {
  dead: readonly number[];
  /** Whether no rank was left. */
  isEmpty: boolean;
  /** Hosts that are gone: no task is to blame for that. */
  gone: ReadonlySet<string>;
}

/** Ranks that have died in a job, and the tasks that may be why. */
export class Casualties {
  readonly #journal: Journal;
  /** Ranks that each task has ended. */
  readonly #deaths = new Map<number, number>();
  #careful = false;

  // Of the generation under way.
  readonly #inheriting = new Set<number>();
  readonly #unexplained = new Set<number>();
  /** Handles of tasks that each rank is to run alone. */
  readonly #alone = new Map<number, number[]>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Whether ranks are to take one task at a time and to tell which, as it is not known which one ends ranks. */
  get careful(): boolean {
    return this.#careful;
  }

  /** Whether it is not settled yet who takes over what a dead rank left. */
  get isSettling(): boolean {
    return this.#inheriting.size > 0;
  }

  /** A generation begins. */
  forget(): void {
    for (const state of [this.#inheriting, this.#unexplained, this.#alone]) state.clear();
  }

  died(rank: number): void {
    this.#unexplained.add(rank);
  }

  /** What survivors are to know of a dead rank's tasks. */
  bequeath(rank: number): Pick<Inheritance, 'blamed' | 'alone'> {
    this.#inheriting.add(rank);
    return { blamed: [...this.#deaths.keys()], alone: this.#alone.get(rank) ?? [] };
  }

  /** A survivor has taken over what a dead rank left. */
  inherited(dead: number, heir: number, { alone, givenUp }: Inherited, generation: Generation): void {
    this.#inheriting.delete(dead);
    this.#unexplained.delete(dead);
    for (const id of givenUp) this.#giveUp(id, dead, generation);
    const handles = this.#alone.get(heir) ?? [];
    for (let at = 0; at < alone.length; at += 2) {
      handles.push(alone[at]!);
      this.#deaths.set(alone[at + 1]!, 1);
    }
    this.#alone.set(heir, handles);
  }

  /** Finds tasks that ended ranks of which nobody is left to tell. */
  blame(generation: Generation, { dead, isEmpty, gone }: Dead): void {
    for (const rank of dead) {
      if (!this.#unexplained.has(rank) && !isEmpty) continue;
      if (gone.has(generation.hostOf(rank) ?? '')) continue;
      if (!this.#careful) {
        this.#careful = true;
        continue;
      }
      const id = generation.begunBy(rank);
      if (id === undefined || this.#journal.hasEnded(id)) continue;
      const deaths = (this.#deaths.get(id) ?? 0) + 1;
      this.#deaths.set(id, deaths);
      if (deaths >= LIVES) this.#giveUp(id, rank, generation);
    }
  }

  #giveUp(id: number, rank: number, generation: Generation): void {
    const why = generation.lastWordsOf(rank);
    const cause = why instanceof Error ? why : receivedError(why as SentError);
    this.#journal.addFailure({ id, error: (path) => new TaskEndedRank(path, cause) });
  }
}
