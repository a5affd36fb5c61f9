/** One figure of a benchmark, beside a rival's or an ideal in the same run. */
export interface Row {
  id: string;
  /** Median over all pairs. */
  value: number;
  unit: string;
  /** What it is compared with. */
  rival: string;
  rivalValue: number;
  /** Median of `value / rivalValue` over all pairs. */
  ratio: number;
  /** Least and greatest ratio. */
  spread: [number, number];
  /** For example `ratio ≤ 0.22`. */
  goal?: string;
  holds?: boolean;
}

export interface BenchOptions {
  /** Alternating pairs of ours and the rival, after a warm-up. */
  pairs: number;
  log(line: string): void;
}

export type Bench = (options: BenchOptions) => Promise<Row[]>;

export interface Pair {
  ours: number;
  rival: number;
}

/** Measures ours and the rival in turn, after warm-ups: each begins as often as the other. */
export async function alternate(
  pairs: number,
  ours: () => Promise<number>,
  rival: () => Promise<number>,
  warmUps = 1,
): Promise<Pair[]> {
  const measured: Pair[] = [];
  for (let pair = 0; pair < warmUps + pairs; pair += 1) {
    const oursFirst = pair % 2 === 0;
    const one = await (oursFirst ? ours() : rival());
    const other = await (oursFirst ? rival() : ours());
    if (pair >= warmUps) measured.push(oursFirst ? { ours: one, rival: other } : { ours: other, rival: one });
  }
  return measured;
}

/** @param holds judges the median ratio and the median value */
export function rowOf(
  { id, unit, rival, goal }: { id: string; unit: string; rival: string; goal: string },
  pairs: readonly Pair[],
  holds: (ratio: number, value: number) => boolean,
): Row {
  const ratios = pairs.map(({ ours, rival: theirs }) => ours / theirs);
  const ratio = median(ratios);
  const value = median(pairs.map(({ ours }) => ours));
  return {
    id,
    value,
    unit,
    rival,
    rivalValue: median(pairs.map((pair) => pair.rival)),
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    goal,
    holds: holds(ratio, value),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
