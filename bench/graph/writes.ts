import type { GraphStore } from '../../src/graph/graph-store.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { batchOf, people, timed } from './material.ts';

export const RUNS = 10;
export const NODES = 200;
export const EDGES = 200;

/** A plain client that writes the same nodes and edges. */
export interface RawWriter<Setting extends object> {
  settings: Setting[];
  /** The client and its setting, in words. */
  name(setting: Setting): string;
  /** Writes all runs' nodes and edges, and takes them away again. @returns seconds of the writing alone */
  write(setting: Setting, turn: number): Promise<number>;
}

/** The nodes and edges of ten runs at once, one batch each, against a plain client at the best of its settings. */
export async function measureWrites<Setting extends object>(
  id: string,
  store: GraphStore,
  raw: RawWriter<Setting>,
  { pairs, log }: BenchOptions,
): Promise<Row> {
  let turn = 0;
  const ours = async (): Promise<number> => {
    turn += 1;
    const names = Array.from({ length: RUNS }, (_, index) => `write-${turn}-${index}`);
    const seconds = await timed(() =>
      Promise.all(names.map((name) => store.apply(name, batchOf(1, people(NODES, EDGES))))),
    );
    await Promise.all(names.map((name) => store.drop(name)));
    return seconds;
  };
  const rival = (setting: Setting): Promise<number> => raw.write(setting, (turn += 1));
  log(`${id}: warm-up, and the plain client’s best setting …`);
  let best: { setting: Setting; seconds: number } = { setting: raw.settings[0]!, seconds: Infinity };
  for (const setting of raw.settings) {
    await rival(setting);
    const seconds = Math.min(await rival(setting), await rival(setting));
    // As often as the rival: what each of them has the server do is warm alike.
    for (let time = 0; time < 3; time += 1) await ours();
    if (seconds < best.seconds) best = { setting, seconds };
  }
  const total = RUNS * (NODES + EDGES);
  const measured: Pair[] = [];
  // A turn takes a fifth of a second, within which the collectors of both processes weigh much.
  for (let pair = 1; pair <= 3 * pairs; pair += 1) {
    const rates = { ours: total / (await ours()), rival: total / (await rival(best.setting)) };
    log(`  pair ${pair}: ours ${rates.ours.toFixed(0)}/s, raw ${rates.rival.toFixed(0)}/s`);
    measured.push(rates);
  }
  const name = `${raw.name(best.setting)} (best of ${raw.settings.length} settings)`;
  return rowOf({ id, unit: 'items/s', rival: name, goal: 'ratio ≥ 0.9' }, measured, (ratio) => ratio >= 0.9);
}
