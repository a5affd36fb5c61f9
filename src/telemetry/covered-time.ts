/** Milliseconds that spans cover, those side by side once. Pauses between them do not count. */
export function coveredTime(spans: readonly { from: number; to: number }[]): number {
  let covered = 0;
  let until = -Infinity;
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return covered;
}
