import { answerLoad, musique } from './optimizer/load.ts';
const [strategy, concurrency, count = '40', extra = '{}'] = process.argv.slice(2);
const o = await answerLoad({
  questions: musique(Number(count)),
  options: { strategy: strategy as never, ...JSON.parse(extra) },
  concurrency: Number(concurrency),
  seed: 7,
});
const mean = o.rows.reduce((s, r) => s + r.seconds, 0) / o.rows.length;
const sorted = o.rows.map((r) => r.seconds).sort((a, b) => a - b);
const by: Record<string, number> = {};
for (const e of o.entries) {
  const k = `${e.name}/${e.model?.split(':')[1]}${e.known ? (e.failed ? ' failed' : '') : ' unknown'}`;
  by[k] = (by[k] ?? 0) + 1;
}
const tok: Record<string, number[]> = {};
for (const e of o.entries)
  if (e.known && !e.failed) {
    const k = e.name;
    tok[k] ??= [0, 0, 0];
    tok[k][0]!++;
    tok[k][1]! += e.inputTokens;
    tok[k][2]! += e.outputTokens;
  }
console.log(
  JSON.stringify({
    strategy,
    concurrency,
    seconds: o.seconds,
    qps: o.rows.length / o.seconds,
    mean,
    median: sorted[sorted.length >> 1],
    p90: sorted[Math.floor(sorted.length * 0.9)],
    right: o.right,
    dollars: o.dollars,
    perRight: o.dollars / o.right,
    rounds: o.rows.reduce((s, r) => s + (r.rounds ?? 0), 0),
    errors: o.rows.filter((r) => r.error).map((r) => r.error),
    plan: undefined,
  }),
);
console.log(by);
console.log(tok);
process.exit(0);
