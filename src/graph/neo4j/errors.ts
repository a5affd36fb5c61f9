import { Neo4jError } from 'neo4j-driver';
import type { Neo4jServer } from '../../config/services-state.ts';
import { GraphServerRefused, GraphUnavailable } from '../graph-store.ts';

/** Milliseconds after which another attempt is worth it. */
const AFTER_DEADLOCK = 20;
const AFTER_NEW_LEADER = 200;
const AFTER_LOSS = 250;

/** The error that a caller of a store is to see for one of the driver's; others pass. */
export function fromDriver(error: unknown, { url, user, database, origin }: Neo4jServer): unknown {
  if (!(error instanceof Neo4jError)) return error;
  const { code, message } = error;
  const where = `Neo4j at ${url} (${origin})`;
  const refused = (advice: string): GraphServerRefused =>
    new GraphServerRefused(`${where} ${advice}`, { cause: error });
  // A connection that broke while it was made is no breach of the protocol, though the driver calls it so.
  const lost =
    code === 'ProtocolError' && /^(?:Failed to connect to server|Connection (?:was closed|lost))/.test(message);
  switch (lost ? 'ServiceUnavailable' : code) {
    case 'ServiceUnavailable':
    case 'SessionExpired':
      return new GraphUnavailable(`${where} does not answer: ${firstLine(message)}`, {
        retryAfter: AFTER_LOSS,
        cause: error,
      });
    case 'Neo.ClientError.Cluster.NotALeader':
    case 'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase':
      return new GraphUnavailable(`${where} has another leader now.`, { retryAfter: AFTER_NEW_LEADER, cause: error });
    case 'Neo.ClientError.Security.Unauthorized':
      return refused(`refuses the user ${JSON.stringify(user)}: check NEO4J_USERNAME and NEO4J_PASSWORD.`);
    case 'Neo.ClientError.Security.AuthenticationRateLimit':
      return refused(
        'refuses any password for now, after too many wrong ones: check NEO4J_PASSWORD, wait some seconds.',
      );
    case 'Neo.ClientError.Security.CredentialsExpired':
      return refused(`wants another password for ${JSON.stringify(user)} first: change it, and set NEO4J_PASSWORD.`);
    case 'Neo.ClientError.Database.DatabaseNotFound':
      return refused(`has no database ${JSON.stringify(database ?? '')}: check NEO4J_DATABASE.`);
  }
  if (code.startsWith('Neo.ClientError.Security.')) {
    return refused(
      `does not let ${JSON.stringify(user)} do it: the user needs to read, write and make constraints (${firstLine(message)})`,
    );
  }
  if (code.startsWith('Neo.TransientError.')) {
    const retryAfter = code.includes('Deadlock') ? AFTER_DEADLOCK : AFTER_LOSS;
    return new GraphUnavailable(`${where} asks for another attempt: ${firstLine(message)}`, {
      retryAfter,
      cause: error,
    });
  }
  return error;
}

function firstLine(text: string): string {
  return text.split('\n')[0]!.slice(0, 300);
}
