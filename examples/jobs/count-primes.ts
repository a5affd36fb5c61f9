/** Runs the job of primes.ts on all cores: `node examples/jobs/count-primes.ts 10000000`. */
import { WorkStealingScheduler } from 'kgot-temporal/jobs';
import { primes } from './primes.ts';

const scheduler = new WorkStealingScheduler();
const { output, metrics } = await scheduler.run(primes, Number(process.argv[2] ?? 1_000_000), {
  onProgress: ({ finished, known }) => console.error(`${finished} of ${known} tasks`),
});
console.log(`${output} primes, ${Math.round(metrics.elapsed)} ms, efficiency ${metrics.parallelEfficiency.toFixed(2)}`);
await scheduler.shutdown();
