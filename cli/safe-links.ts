import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { runHandle } from '../src/client/client.ts';
import { readToolCalls } from '../src/cost/call-records.ts';
import type { RunResult } from '../src/domain/run.ts';
import type { ToolOutcome } from '../src/domain/tools.ts';
import type { Runtime } from './runtime/open-runtime.ts';
import { defangLinks } from './show/links.ts';

/** A result to show: its links are those of the question and of what tools gave, others lead nowhere. */
export async function withSafeLinks(runtime: Runtime, id: string, result: RunResult): Promise<RunResult> {
  const shown = [result.answer, ...result.evidence.flatMap(({ fact, source }) => [fact, source])];
  if (shown.every((text) => defangLinks(text, []) === text)) return result;
  const artifacts = openDirectoryStore(runtime.artifactsDirectory);
  const { question } = await runHandle(runtime.client, id).progress();
  const known = [question];
  for (const { value } of await readToolCalls<ToolOutcome>(artifacts, result.graph.run)) {
    known.push((await artifacts.getContent(value.outputSha256)).toString());
  }
  return {
    ...result,
    answer: defangLinks(result.answer, known),
    evidence: result.evidence.map(({ fact, source, ...rest }) => ({
      ...rest,
      fact: defangLinks(fact, known),
      source: defangLinks(source, known),
    })),
  };
}
