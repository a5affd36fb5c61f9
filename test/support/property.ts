/** Settings of every property test: seeded, so that a test that fails fails again. */
export const SEEDED = { seed: 20_261_124, numRuns: 300 };
