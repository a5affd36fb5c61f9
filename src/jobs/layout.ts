import { Arena } from './arena.ts';
import { DEQUE_WORDS, ringWords, StealingDeque } from './deque.ts';
import { Parking, PARKING_WORDS } from './parking.ts';

/** Entries of a deque before it first grows. */
const FIRST_ENTRIES = 64;
/** A worker's words: what it does, how many tasks it has put into the arena, the task whose code it is in; and, on a line of its own, what it keeps back. */
const WORKER_WORDS = 32;
const KEPT = 16;

/** What a worker is doing, so that one who finds it dead knows whom to ask. */
export const PHASE = { starting: 0, splitting: 1, working: 2 } as const;

const STOP = Arena.headPlace;
const SPAWNED = STOP + 1;
const LACKING = STOP + 2;
const PARKING = STOP + 16;
const WORKERS = PARKING + PARKING_WORDS;

/** @returns words with fixed places that so many workers take */
export function headWords(workers: number): number {
  return WORKERS - Arena.headPlace + workers * (WORKER_WORDS + DEQUE_WORDS + ringWords(FIRST_ENTRIES));
}

/** The shared memory of one job under way, with its places. Main and workers each open it over the same buffer. */
export class Shared {
  readonly arena: Arena;
  readonly parking: Parking;
  readonly deques: StealingDeque[];
  readonly #workers: number;

  constructor(memory: SharedArrayBuffer | Arena, workers: number) {
    this.arena = memory instanceof Arena ? memory : new Arena(memory);
    this.parking = new Parking(this.arena, PARKING);
    this.#workers = workers;
    const place = WORKERS + workers * WORKER_WORDS;
    this.deques = Array.from(
      { length: workers },
      (_, worker) => new StealingDeque(this.arena, place + worker * DEQUE_WORDS, (words) => this.arena.allocate(words)),
    );
  }

  static create(workers: number): Shared {
    const shared = new Shared(Arena.create(headWords(workers)), workers);
    shared.initializeDeques();
    return shared;
  }

  /** To be called once, before anyone uses them. */
  initializeDeques(): void {
    const rings = WORKERS + this.#workers * (WORKER_WORDS + DEQUE_WORDS);
    this.deques.forEach((deque, worker) => deque.initialize(rings + worker * ringWords(FIRST_ENTRIES), FIRST_ENTRIES));
  }

  /** Whether workers are to end: all is done, or the job was cancelled. */
  get stopped(): boolean {
    return this.arena.load(STOP) !== 0;
  }

  /** Told each time a worker has no task of its own left. */
  runsLow(): void {}

  stop(): void {
    this.arena.store(STOP, 1);
    this.parking.wakeAll();
  }

  /** @returns the number of the next spawned task, from 0 */
  nextSpawned(): number {
    return this.arena.add(SPAWNED, 1);
  }

  /** Numbers that spawned tasks were given; one whose worker died then may have no task. */
  get spawnedNumbers(): number {
    return this.arena.load(SPAWNED);
  }

  /** How much there is too little to do, as was said last: 0 is not at all. */
  get lacking(): number {
    return this.arena.load(LACKING);
  }

  set lacking(level: number) {
    this.arena.store(LACKING, level);
  }

  /** @returns whether the caller is the first to say that it is that much */
  lacks(level: number): boolean {
    const said = this.lacking;
    return said < level && this.arena.compareExchange(LACKING, said, level) === said;
  }

  phaseOf(worker: number): number {
    return this.arena.load(this.#own(worker));
  }

  setPhase(worker: number, phase: number): void {
    this.arena.store(this.#own(worker), phase);
  }

  /** Tasks that the worker has put into the arena. */
  createdBy(worker: number): number {
    return this.arena.load(this.#own(worker) + 1);
  }

  setCreated(worker: number, tasks: number): void {
    this.arena.store(this.#own(worker) + 1, tasks);
  }

  /** The handle of the task whose code the worker is in; 0 for none, or where one went on after it had waited. */
  currentOf(worker: number): number {
    return this.arena.load(this.#own(worker) + 2);
  }

  setCurrent(worker: number, handle: number): void {
    this.arena.store(this.#own(worker) + 2, handle);
  }

  /** @returns whether the caller is the first to say that it takes over what a dead worker left */
  takesOver(worker: number): boolean {
    return this.arena.compareExchange(this.#own(worker) + 3, 0, 1) === 0;
  }

  /** Says which part of a chunk the worker keeps back, so that others find it while it is in a task that takes long after all. */
  keep(worker: number, chunk: number, start: number, end: number): void {
    const place = this.#own(worker) + KEPT;
    // Odd while it changes, and where a worker has died meanwhile.
    this.arena.store(place, this.arena.load(place) | 1);
    this.arena.store(place + 1, chunk);
    this.arena.store(place + 2, start);
    this.arena.store(place + 3, end);
    this.arena.add(place, 1);
  }

  /** The part that the worker kept back last; most of it may have been run. @returns undefined while that changes */
  keptBy(worker: number): { chunk: number; start: number; end: number } | undefined {
    const place = this.#own(worker) + KEPT;
    const version = this.arena.load(place);
    const [chunk, start, end] = [1, 2, 3].map((word) => this.arena.load(place + word)) as [number, number, number];
    return version % 2 === 0 && this.arena.load(place) === version ? { chunk, start, end } : undefined;
  }

  get created(): number {
    let sum = 0;
    for (let worker = 0; worker < this.#workers; worker += 1) sum += this.createdBy(worker);
    return sum;
  }

  #own(worker: number): number {
    return WORKERS + worker * WORKER_WORDS;
  }
}
