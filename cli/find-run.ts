import { WorkflowNotFoundError } from '@temporalio/client';
import { openDirectoryStore } from '../src/artifacts/directory-store.ts';
import { runFoldersOf } from '../src/client/run-folders.ts';
import { runFolder } from '../src/domain/run.ts';
import { UserError } from './errors.ts';
import type { Runtime } from './runtime/open-runtime.ts';
import type { Session } from './session.ts';

export interface FoundRun {
  /** Temporal's; absent when Temporal knows the run no more, and only the artifact store does. */
  status?: string;
  /** See {@link runFolder}. */
  folder: string;
  /** Its beginning; absent as the status is. */
  question?: string;
}

/**
 * Finds a run by its id: where Temporal has forgotten it, by what it left in the artifact store.
 *
 * @param session whose runtime may be another afterwards, as who started the server may be on the way out
 * @throws {UserError} when neither knows it
 */
export function findRun(session: Session, id: string): Promise<FoundRun> {
  return session.persist((runtime) => lookUp(runtime, id));
}

async function lookUp({ client, artifactsDirectory, dataDirectory }: Runtime, id: string): Promise<FoundRun> {
  try {
    const { type, status, runId, raw, memo } = await client.workflow.getHandle(id).describe();
    if (type !== 'answerQuestion') {
      throw unknownRun(id, dataDirectory, `the workflow with this id is of the type ${type}`);
    }
    return {
      status: status.name,
      folder: runFolder(id, raw.workflowExecutionInfo?.firstRunId || runId),
      question: (memo?.['question'] as string | undefined) ?? '',
    };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const folder = (await runFoldersOf(openDirectoryStore(artifactsDirectory), id)).at(-1);
    if (folder === undefined) throw unknownRun(id, dataDirectory, 'neither Temporal nor the artifact store knows it');
    return { folder };
  }
}

/**
 * Finds a run that Temporal still knows.
 *
 * @throws {UserError} when it does not
 */
export async function findOpenable(
  session: Session,
  id: string,
): Promise<Pick<Required<FoundRun>, 'status' | 'folder'>> {
  const { status, folder } = await findRun(session, id);
  if (status === undefined) {
    throw new UserError(
      `Temporal knows the run ${id} no more: its retention has passed. "kgot show ${id}" shows what the artifact store holds of it.`,
      { exitCode: 2 },
    );
  }
  return { status, folder };
}

/** @param data the data directory in which it was looked for */
export function unknownRun(id: string, data: string, reason: string): UserError {
  return new UserError(`There is no run ${id} in ${data}: ${reason}. "kgot list" lists the runs.`, { exitCode: 2 });
}
