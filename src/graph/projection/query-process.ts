/** A child process that runs what models write on projections in memory. It is killed when one takes too long. */
import { LRUCache } from 'lru-cache';
import type { QueryRows } from '../graph-store.ts';
import { heldName, PROJECTIONS, tookTooMuch } from './protocol.ts';
import type { ProjectionContent, QueryQuestion, QueryReply } from './protocol.ts';

/** A graph in the form that one kind of question needs. */
interface Projection {
  run(question: QueryQuestion): Promise<QueryRows>;
  close(): void;
}

const projections = new LRUCache<string, Projection>({
  max: PROJECTIONS,
  dispose: (projection) => projection.close(),
});

process.on('disconnect', () => process.exit(0));
process.on('message', (question: QueryQuestion) => {
  void answer(question).then((reply) => process.send?.(reply));
});

async function answer(question: QueryQuestion): Promise<QueryReply> {
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() > question.memoryBytes) {
      const reply: QueryReply = { kind: 'error', error: tookTooMuch(question.kind) };
      process.send?.(reply, () => process.kill(process.pid, 'SIGKILL'));
    }
  }, 25);
  try {
    const projection = await projectionOf(question);
    return { kind: 'rows', rows: await projection.run(question) };
  } catch (error) {
    return { kind: 'error', error: error instanceof Error ? error.message : String(error) };
  } finally {
    clearInterval(watch);
  }
}

async function projectionOf(question: QueryQuestion): Promise<Projection> {
  const name = heldName(question);
  const held = projections.get(name);
  if (held !== undefined) return held;
  const { kind, graph } = question;
  if (graph === undefined) throw new Error(`The projection ${name} was not sent.`);
  const projection = await (kind === 'cypher' ? cypherProjection(graph) : codeProjection(graph));
  projections.set(name, projection);
  return projection;
}

/** Each engine is loaded when it is first asked for. */
async function cypherProjection(graph: ProjectionContent): Promise<Projection> {
  const { openCypherProjection, runCypher } = await import('./cypher-projection.ts');
  const database = openCypherProjection(graph);
  return { run: ({ query, rows }) => runCypher(database, query, rows), close: () => database.close() };
}

async function codeProjection(graph: ProjectionContent): Promise<Projection> {
  const { CodeProjection } = await import('./code-projection.ts');
  const projection = new CodeProjection(graph);
  return { run: (question) => projection.run(question), close: () => undefined };
}
