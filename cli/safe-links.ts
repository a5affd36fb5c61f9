import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { ArtifactMissingError } from '../src/artifacts/artifact-store.ts';
import { readToolCalls } from '../src/cost/call-records.ts';
import type { ToolOutcome } from '../src/domain/tools.ts';

/**
 * The texts of a run whose links are shown as they are: what people gave, and what its tools gave. See `defangLinks`.
 *
 * @param folder the run's, see `runFolder`
 * @param given what people gave: the question, hints
 */
export async function seenTexts(
  artifacts: ArtifactStore,
  folder: string,
  given: readonly (string | undefined)[],
): Promise<string[]> {
  const texts = given.filter((text) => text !== undefined);
  for (const { value } of await readToolCalls<ToolOutcome>(artifacts, folder)) {
    try {
      texts.push((await artifacts.getContent(value.outputSha256)).toString());
    } catch (error) {
      if (!(error instanceof ArtifactMissingError)) throw error;
    }
  }
  return texts;
}
