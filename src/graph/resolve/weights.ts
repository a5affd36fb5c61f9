/** Inverse document frequencies out of how many of all have each, as shares of the greatest: from 0, all have it, to 1, only one. */
export function weightsOf(counts: Int32Array, total: number): Float32Array {
  const most = Math.log(total + 1);
  const weights = new Float32Array(counts.length);
  if (most === 0) return weights;
  for (let at = 0; at < counts.length; at += 1) {
    const count = counts[at]!;
    if (count > 0) weights[at] = Math.log((total + 1) / count) / most;
  }
  return weights;
}
