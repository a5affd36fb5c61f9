import { Connection, isGrpcServiceError } from '@temporalio/client';
import { diagnose } from '../../src/config/diagnose.ts';
import type { TemporalServer } from '../../src/config/temporal.ts';
import { messageOf, UserError } from '../errors.ts';
import { inTime, NotInTime } from './in-time.ts';
import { retriesUntilClosed } from './retries.ts';
import type { Retries } from './retries.ts';

/** Seconds for which a server that does not listen yet is waited for. */
const PATIENCE = 10;

/** Milliseconds for the first answer of a server that is reached. */
const ANSWER = 10_000;

/** Codes of gRPC. */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

/** A connection, and how to close it. */
export interface OpenConnection {
  connection: Connection;
  /** To be called instead of the connection's own: calls may be under way. */
  close: () => Promise<void>;
}

/**
 * Connects to a server, and makes sure that its namespace is there.
 *
 * @throws {UserError} saying why it cannot be reached, and what would help
 */
export async function connectTo(
  { connection: options, namespace }: TemporalServer,
  { patience = PATIENCE }: { patience?: number } = {},
): Promise<OpenConnection> {
  const retries = retriesUntilClosed();
  const connection = await openLazily({ ...options, interceptors: retries.interceptors });
  const decided = new AbortController();
  try {
    await Promise.race([reach(connection, options, patience, decided.signal), hopeless(options)]);
    await inTime(connection, ANSWER, () => connection.workflowService.describeNamespace({ namespace }));
    return { connection, close: () => retries.close(connection) };
  } catch (error) {
    await retries.close(connection);
    throw refused(error, options.address, namespace);
  } finally {
    decided.abort();
  }
}

async function openLazily(options: TemporalServer['connection'] & Pick<Retries, 'interceptors'>): Promise<Connection> {
  try {
    // How long it may take is for `inTime` to say.
    return Connection.lazy({ ...options, connectTimeout: Infinity });
  } catch (error) {
    throw unreachable(options.address, (await diagnose(options))?.reason ?? messageOf(error), error);
  }
}

async function reach(
  connection: Connection,
  options: TemporalServer['connection'],
  patience: number,
  decided: AbortSignal,
): Promise<void> {
  try {
    await inTime(connection, patience * 1000, () => connection.ensureConnected(), decided);
  } catch (error) {
    if (decided.aborted) throw error;
    const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
    if (isGrpcServiceError(cause)) throw cause;
    const reason = (await diagnose(options))?.reason ?? `${messageOf(error)}: is it a Temporal server?`;
    throw unreachable(options.address, reason, error);
  }
}

/** Rejects as soon as it is clear that waiting is of no use; else never settles. */
async function hopeless(options: TemporalServer['connection']): Promise<never> {
  const diagnosis = await diagnose(options);
  if (diagnosis?.final === true) throw unreachable(options.address, diagnosis.reason);
  return new Promise(() => undefined);
}

function unreachable(address: string, reason: string, cause?: unknown): UserError {
  return new UserError(`Temporal cannot be reached at ${address}: ${reason.replace(/([^?.!])$/, '$1.')}`, { cause });
}

/** What a server that answers says to the credentials and the namespace. */
function refused(error: unknown, address: string, namespace: string | undefined): unknown {
  const unwell = (reason: string): UserError =>
    new UserError(`Temporal at ${address} does not work (${reason}): is it a Temporal server, and is it healthy?`, {
      cause: error,
    });
  if (error instanceof NotInTime) return unwell(error.message);
  if (!isGrpcServiceError(error)) return error;
  const { details } = error;
  switch (error.code as number) {
    case UNAUTHENTICATED:
      return new UserError(
        `Temporal at ${address} refuses the credentials (${details}): is TEMPORAL_API_KEY set and right?`,
        { cause: error },
      );
    case PERMISSION_DENIED:
      return new UserError(
        `Temporal at ${address} does not let these credentials use the namespace ${namespace} (${details}): are TEMPORAL_NAMESPACE and TEMPORAL_API_KEY right?`,
        { cause: error },
      );
    case NOT_FOUND:
      return new UserError(
        `Temporal at ${address} has no namespace ${namespace}: set TEMPORAL_NAMESPACE to one that it has, or make it with "temporal operator namespace create --namespace ${namespace}".`,
        { cause: error },
      );
    default:
      return unwell(error.message);
  }
}
