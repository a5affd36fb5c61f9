import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countryQuestions } from '../../bench/country-questions.ts';
import { startOracle } from '../../cli/eval/start-oracle.ts';
import type { Runtime } from '../../cli/runtime/open-runtime.ts';
import { startRun } from '../../src/client/client.ts';
import type { RunInput } from '../../src/domain/run.ts';

/** Milliseconds of one call of the oracle: what a fast hosted model takes. */
const LATENCY = 400;

/** Documents beside those that hold the answer. */
const OTHERS = ['Andorra', 'France', 'Morocco'];

const question = countryQuestions().find(({ id }) => id === 'capital-beside-portugal')!;

/** Plays a run whose answers the oracle gives. @returns its id */
export async function playCountryRun({ client, dataDirectory }: Runtime): Promise<string> {
  const file = join(dataDirectory, 'questions.jsonl');
  await writeFile(file, `${JSON.stringify(question)}\n`);
  const oracle = await startOracle({ file, latency: LATENCY });
  const model = { provider: 'oracle', name: 'oracle', url: oracle.url };
  const options = { models: { planner: model, executor: model }, votes: 3 };
  try {
    const run = await startRun(client, { question: question.question, documents: documents(), options }, question);
    await run.result();
    return run.id;
  } finally {
    oracle.close();
  }
}

function documents(): RunInput['documents'] {
  const titles = [...question.decomposition.map(({ paragraph }) => question.paragraphs[paragraph]!.title), ...OTHERS];
  return question.paragraphs
    .filter(({ title }) => titles.includes(title))
    .map(({ title, text }) => ({ name: title, mediaType: 'text/markdown', text }));
}
