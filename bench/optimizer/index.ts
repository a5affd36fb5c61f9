import type { BenchOptions, Row } from '../rows.ts';
import { engineRows } from './engine.ts';
import { layerCpu } from './layer-cpu.ts';
import { strategyRows } from './strategies.ts';

/** The performance layer: its engine, what it adds to a run, and what its strategies are good for. */
export async function optimizer(options: BenchOptions): Promise<Row[]> {
  return [...(await engineRows(options)), await layerCpu(options), ...(await strategyRows(options))];
}
