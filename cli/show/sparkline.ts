const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** Columns at most: of more values so many neighbours are drawn as their mean. */
const COLUMNS = 12;

/** Values in their order as bars between the least and the greatest; nothing for less than two. */
export function sparkline(values: readonly number[]): string {
  if (values.length < 2) return '';
  const size = Math.ceil(values.length / COLUMNS);
  const means: number[] = [];
  for (let start = 0; start < values.length; start += size) {
    const some = values.slice(start, start + size);
    means.push(some.reduce((sum, value) => sum + value, 0) / some.length);
  }
  const least = Math.min(...means);
  const range = Math.max(...means) - least;
  return means.map((mean) => BARS[range === 0 ? 0 : Math.round(((mean - least) / range) * (BARS.length - 1))]).join('');
}
