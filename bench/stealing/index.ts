import type { BenchOptions, Row } from '../rows.ts';
import { skewedRows } from './skewed.ts';
import { tinyRow } from './tiny.ts';
import { utsRow } from './uts-rows.ts';

/** Work stealing on threads: work of uneven length, tiny work, and trees whose shape nobody knows before. */
export async function stealing(options: BenchOptions): Promise<Row[]> {
  return [
    ...(await skewedRows(options)),
    await tinyRow(options),
    await utsRow('T1', options),
    await utsRow('T3', options),
  ];
}
