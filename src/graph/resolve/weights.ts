/** Inverse document frequencies out of how many of all have each, as shares of the greatest: from 0, all have it, to 1, only one. */
export function weightsOf(counts: Int32Array, total: number): Float32Array {
  const most = Math.log(total + 1);
  return Float32Array.from(counts, (count) => (count === 0 || most === 0 ? 0 : Math.log((total + 1) / count) / most));
}
