/**
 * A process that resolves the places on so many ranks each time it is told to, from the graph to what is found, and says how many
 * milliseconds that took: `resolve-process.ts PACKAGES ENTITIES RANKS`.
 */
import { resolveKnowledge } from '../../src/graph/resolve/resolve-knowledge.ts';
import { resolveWith } from '../../src/jobs/resolve-job.ts';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import { places } from '../resolve/places.ts';

const [packages, entities, ranks] = process.argv.slice(2) as [string, string, string];
const { graph } = places(packages, Number(entities));
const processor = new MpiDistributedProcessor({ ranks: Number(ranks) });
process.on('message', () => void resolve());
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

async function resolve(): Promise<void> {
  const began = performance.now();
  const { clusters } = await resolveKnowledge(graph, { run: resolveWith(processor, {}) });
  process.send?.({ milliseconds: performance.now() - began, clusters: clusters.length });
}
