/**
 * A service of your own: asks a question of kgot with Temporal's client alone, follows the run, and prints the answer.
 *
 *   npm start -- up                                            # a server and a worker, with KGOT_MODEL set
 *   TEMPORAL_ADDRESS=127.0.0.1:PORT node examples/client.ts "question" --file notes.md
 *
 * The package `kgot-temporal` offers the types that are written out here, and `startRun`, which checks the input first.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { ActivityFailure, Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

interface Progress {
  status: string;
  round: number;
  nodes: number;
  edges: number;
  calls: number;
  /** The newest facts of the graph. */
  facts: string[];
}

interface RunResult {
  answer: string;
  endReason: 'solved' | 'forced' | 'out-of-budget';
  evidence: { fact: string; source: string }[];
  /** `unpriced` calls are not part of `dollars`. */
  ledger: {
    calls: number;
    toolCalls: number;
    inputTokens: number;
    outputTokens: number;
    dollars: number;
    unpriced: number;
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { file: { type: 'string' }, address: { type: 'string' } },
});
// Address, namespace, TLS and API key as Temporal's own tools read them, from the environment or a profile.
const { connectionOptions, namespace } = loadClientConnectConfig();
const address = values.address ?? connectionOptions.address ?? '127.0.0.1:7233';
const question = positionals[0] ?? 'In which city was the architect of the Sydney Opera House born?';
const text =
  values.file === undefined
    ? 'The Sydney Opera House was designed by Jørn Utzon and opened in 1973. Jørn Utzon was born in Copenhagen in 1918.'
    : readFileSync(values.file, 'utf8');
const name = values.file === undefined ? 'notes.md' : basename(values.file);

try {
  await ask(await connect());
} catch (error) {
  console.error(`Error: ${messageOf(error)}`);
  process.exitCode = 1;
}

async function connect(): Promise<Connection> {
  try {
    return await Connection.connect({ ...connectionOptions, address, connectTimeout: '5s' });
  } catch (error) {
    throw new Error(
      `No Temporal server answers at ${address} (${messageOf(error)}). "npm start -- up" starts one and says where; name it with TEMPORAL_ADDRESS or --address.`,
    );
  }
}

async function ask(connection: Connection): Promise<void> {
  try {
    const client = new Client({ connection, namespace });
    const run = await client.workflow.start('answerQuestion', {
      taskQueue: 'kgot',
      workflowId: `ask-${crypto.randomUUID()}`,
      staticSummary: question,
      // What "kgot list" shows of it.
      memo: { question },
      // Without options.models, the run takes the models that its worker was started with: KGOT_MODEL.
      args: [{ question, documents: [{ name, mediaType: 'text/markdown', text }] }],
    });
    console.log(`Run ${run.workflowId}`);

    let open = true;
    const result = (run.result() as Promise<RunResult>).finally(() => (open = false));
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    for (let shown = '', last = false; !last;) {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 300))]);
      last = !open;
      const look = connection.withDeadline(Date.now() + 3_000, () => run.query<Progress>('progress'));
      const line = await look.then(lineOf, () => 'no worker of the task queue kgot answers; the run waits for one');
      if (line !== shown) console.log(line);
      shown = line;
    }
    print(await result);
  } finally {
    await connection.close();
  }
}

function lineOf({ status, round, nodes, edges, calls, facts }: Progress): string {
  return `round ${round}: ${status}, nodes ${nodes}, edges ${edges}, calls ${calls}${facts.length > 0 ? `; ${facts.at(-1)}` : ''}`;
}

function print({ answer, endReason, evidence, ledger }: RunResult): void {
  console.log(`\nAnswer: ${answer} (${endReason})`);
  for (const { fact, source } of evidence) console.log(`  ${fact}\n      ${source}`);
  const { calls, toolCalls, inputTokens, outputTokens, dollars, unpriced } = ledger;
  const cost = unpriced > 0 ? 'price unknown' : `$${dollars.toFixed(4)}`;
  console.log(`${calls} model calls, ${toolCalls} tool calls, ${inputTokens} + ${outputTokens} tokens, ${cost}`);
}

/** What went wrong, out of the failures that wrap it. */
function messageOf(error: unknown): string {
  const wraps = error instanceof WorkflowFailedError || error instanceof ActivityFailure;
  if (wraps && error.cause !== undefined) return messageOf(error.cause);
  return error instanceof Error ? error.message : String(error);
}
