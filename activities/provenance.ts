import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { readToolCalls } from '../src/cost/call-records.ts';
import { readContent } from '../src/documents/read.ts';
import type { RunContext } from '../src/domain/activities.ts';
import type { PropertyValue } from '../src/domain/changes.ts';
import type { DocumentReference, Evidence } from '../src/domain/run.ts';
import { sourceOf } from '../src/domain/tools.ts';
import type { ToolOutcome } from '../src/domain/tools.ts';
import type { FoundFact } from '../src/graph/evidence.ts';
import { loadDocuments } from './documents.ts';

/** Documents that one fact names at most. */
const MOST_NAMED = 3;
/** Documents that are looked at for one tool call at most. */
const MOST_READ = 20;

/**
 * Says of each fact in which documents it stands: those of the run that its tool call gave, and that hold its words
 * themselves. What a document claims of where it comes from counts for nothing.
 */
export async function nameDocuments(
  artifacts: ArtifactStore,
  run: RunContext,
  facts: readonly FoundFact[],
): Promise<Evidence[]> {
  const documents = await loadDocuments(artifacts, run);
  const outputs = documents.length === 0 ? new Map<string, string[]>() : await outputsOf(artifacts, run.id, facts);
  const texts = new Map<string, string>();
  const textOf = async (document: DocumentReference): Promise<string> => {
    // One that cannot be read is named by nobody, and is no reason to end without an answer.
    const text = texts.get(document.sha256) ?? (await readOrNothing(artifacts, document)).toLowerCase();
    texts.set(document.sha256, text);
    return text;
  };
  return Promise.all(
    facts.map(async ({ words, ...evidence }) => {
      const given = (outputs.get(evidence.source) ?? []).filter((text) => holds(text.toLowerCase(), words));
      const candidates = documents.filter(({ name }) => given.some((text) => text.includes(name))).slice(0, MOST_READ);
      const named: string[] = [];
      for (const document of candidates) {
        if (named.length < MOST_NAMED && holds(await textOf(document), words)) named.push(document.name);
      }
      return named.length === 0 ? evidence : { ...evidence, documents: named };
    }),
  );
}

/** An image's text is what a model said of it, and in the tool's output alone. */
async function readOrNothing(artifacts: ArtifactStore, document: DocumentReference): Promise<string> {
  const content = await readContent(artifacts, document).catch(() => undefined);
  return content?.kind === 'text' ? content.text : '';
}

/** What the calls gave that facts name as their source; of two calls with one line both. */
async function outputsOf(
  artifacts: ArtifactStore,
  run: string,
  facts: readonly FoundFact[],
): Promise<Map<string, string[]>> {
  const sources = new Set(facts.map(({ source }) => source));
  const outputs = new Map<string, string[]>();
  for (const { round, tool, input, value } of await readToolCalls<ToolOutcome>(artifacts, run)) {
    const source = sourceOf(round, { tool, input });
    if (!sources.has(source)) continue;
    const text = (await artifacts.getContent(value.outputSha256)).toString();
    outputs.set(source, [...(outputs.get(source) ?? []), text]);
  }
  return outputs;
}

/** Whether a text in lower case holds each of the words; numbers also as people write them. */
function holds(text: string, words: readonly PropertyValue[]): boolean {
  return words.every((word) => {
    const spellings = typeof word === 'number' ? [String(word), word.toLocaleString('en-US')] : [String(word)];
    return spellings.some((spelling) => text.includes(spelling.toLowerCase()));
  });
}
