import { DocumentError } from '../../documents/errors.ts';
import { DOCUMENT_LIMITS, megabytes } from '../../documents/limits.ts';
import type { DocumentReference } from '../../domain/run.ts';
import type { ToolContext } from '../define-tool.ts';

/** What a model answers that is shown nothing: some servers drop the images that their model cannot see. */
const BLIND = 'NO IMAGE';

const SYSTEM = `Write down what an image says, for a reader who cannot see it: all text in it, word for word and in reading
order, tables as Markdown, the values of charts. Then say in one or two sentences what it shows. Add nothing that is
not in the image. If you were shown no image, answer ${BLIND}.`;

/** The most that a model may write about one image. Tokens. */
const MOST_TOKENS = 2_048;

/** The name, in the run's folder, of what its model read in an image: a run has one executor. */
function keptName(run: string, { sha256 }: DocumentReference): string {
  return `runs/${run}/images/${sha256}`;
}

/**
 * What an image says, read by the run's model once a run: later calls find it where it is kept.
 *
 * @throws {DocumentError} when the model sees no images
 */
export async function readImage(
  { run, artifacts, generate }: ToolContext,
  document: DocumentReference,
  mediaType: string,
): Promise<string> {
  const kept = await imageTextOf({ run, artifacts }, document);
  if (kept !== undefined) return kept;
  if (document.bytes > DOCUMENT_LIMITS.imageBytes) {
    throw new DocumentError(
      'too-large',
      `has ${megabytes(document.bytes)}, the most for an image is ${megabytes(DOCUMENT_LIMITS.imageBytes)}: make it smaller`,
      document.name,
    );
  }
  const text = await generate({
    system: SYSTEM,
    prompt: 'What does this image say?',
    images: [{ sha256: document.sha256, mediaType }],
    maxOutputTokens: MOST_TOKENS,
  });
  if (text.trim() === '' || text.trim().replace(/[.*"]/g, '').toUpperCase() === BLIND) {
    throw new DocumentError(
      'unreadable',
      'is an image, and the model of this run (its executor) was shown nothing: set KGOT_EXECUTOR to one that sees images',
      document.name,
    );
  }
  await artifacts.create(keptName(run.id, document), text);
  return text;
}

/** What the run's model has read in an image before. */
export async function imageTextOf(
  { run, artifacts }: Pick<ToolContext, 'run' | 'artifacts'>,
  document: DocumentReference,
): Promise<string | undefined> {
  return (await artifacts.read(keptName(run.id, document)))?.toString();
}
