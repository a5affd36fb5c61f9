import type { Connection } from '@temporalio/client';
import { UserError } from '../errors.ts';

/** The first version whose namespaces take updates unless they are told not to: runs are steered by them. */
const OLDEST = { major: 1, minor: 25 };

/**
 * Makes sure that somebody else's server has what runs need.
 *
 * @throws {UserError} naming its version, and what would be right
 */
export async function refuseOldServer(connection: Connection, address: string): Promise<void> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(serverVersion ?? '') ?? [];
  // Not every server tells.
  if (major === undefined) return;
  const missing = (OLDEST.major - Number(major)) * 1_000 + OLDEST.minor - Number(minor);
  if (missing <= 0) return;
  throw new UserError(
    `Temporal at ${address} is ${serverVersion}, and runs need ${OLDEST.major}.${OLDEST.minor} or later: upgrade it, or leave TEMPORAL_ADDRESS out for a server of kgot's own.`,
  );
}
