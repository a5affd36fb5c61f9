import { createHash } from 'node:crypto';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { DocumentText } from '../../src/domain/run.ts';
import type { ToolContext } from '../../src/tools/define-tool.ts';

/** What a tool may use while it runs, over documents that are stored here; nothing is asked of a model. */
export async function toolContext(
  artifacts: ArtifactStore,
  documents: readonly DocumentText[] = [],
): Promise<ToolContext> {
  for (const { text } of documents) await artifacts.putContent(text);
  return {
    run: {
      id: 'r',
      question: 'a question',
      documents: documents.map(({ name, mediaType, text }) => ({
        ...{ name, mediaType, bytes: Buffer.byteLength(text) },
        sha256: createHash('sha256').update(text).digest('hex'),
      })),
    },
    signal: new AbortController().signal,
    heartbeat: () => {},
    artifacts,
    generate: () => Promise.reject(new Error('no model here')),
    spend: () => {},
    idempotencyKey: 'key',
    remember: (_, make) => make(),
  };
}
