import { ApplicationFailure } from '@temporalio/activity';
import { ArtifactMissingError } from '../src/artifacts/artifact-store.ts';
import { DocumentError } from '../src/documents/errors.ts';
import { InvalidBatch } from '../src/domain/check-batch.ts';
import { GraphServerRefused, GraphUnavailable, RevisionConflict } from '../src/graph/graph-store.ts';
import { ModelCallError } from '../src/model/errors.ts';
import type { ModelErrorType } from '../src/model/errors.ts';
import { ModelUnavailableError } from '../src/model/language-model.ts';
import { ModelGaveUpError } from '../src/model/model-caller.ts';
import { RecordingMissingError } from '../src/model/recordings.ts';
import { ToolError } from '../src/tools/tool-error.ts';
import { boundedError } from './bounded-error.ts';

const RETRYABLE = new Set<ModelErrorType>([
  'RateLimited',
  'ServerError',
  'ModelTimeout',
  'MalformedResponse',
  'ModelUnreachable',
  'StructuredOutputUnsupported',
]);

/** Runs a part of an activity; what it throws gets its failure type. */
export async function withFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFailure(error);
  }
}

/** Gives an error its failure type, and says whether another attempt may succeed. Others pass, in bounds. */
export function toFailure(error: unknown): unknown {
  if (error instanceof ModelCallError) {
    return ApplicationFailure.create({
      type: error.type,
      message: error.message,
      nonRetryable: !RETRYABLE.has(error.type),
      nextRetryDelay: error.retryAfter,
    });
  }
  if (ToolError.isInstance(error)) {
    return ApplicationFailure.create({
      type: error.type,
      message: error.message,
      nonRetryable: !error.retry,
      nextRetryDelay: error.retryAfter,
    });
  }
  if (error instanceof GraphUnavailable) {
    return ApplicationFailure.create({
      type: error.name,
      message: error.message,
      nextRetryDelay: error.retryAfter,
    });
  }
  if (error instanceof GraphServerRefused) return refuse(error.name, error);
  if (error instanceof RevisionConflict) return refuse(error.name, error);
  if (error instanceof InvalidBatch) return refuse(error.name, error);
  if (error instanceof DocumentError) return refuse('DocumentUnreadable', error);
  if (error instanceof ModelUnavailableError) return refuse('ModelUnavailable', error);
  if (error instanceof ModelGaveUpError) return refuse('ModelGaveUp', error);
  if (error instanceof RecordingMissingError) return refuse('RecordingMissing', error);
  if (error instanceof ArtifactMissingError) return refuse('ArtifactMissing', error);
  return boundedError(error);
}

function refuse(type: string, error: Error): ApplicationFailure {
  return ApplicationFailure.create({ type, message: error.message, nonRetryable: true });
}
