import { describe, expect, it } from 'vitest';
import { node, runRanks } from './ranks.ts';

const RANKS = 5;

/** What each survivor prints, see programs/survivors.ts. */
const SEEN = {
  faultTolerant: true,
  recvInto: 'MPI_ERR_PROC_FAILED',
  recvIntoSync: 'MPI_ERR_PROC_FAILED',
  recv: 'MPI_ERR_PROC_FAILED',
  recvSync: 'MPI_ERR_PROC_FAILED',
  getFailed: true,
  anyInto: 'MPI_ERR_PROC_FAILED_PENDING',
  'acked before': [],
  message: 'alive',
  agreed: 7,
  revoked: 'MPI_ERR_REVOKED',
  isRevoked: true,
  after: 'MPI_ERR_REVOKED',
  agree: true,
  agreeSync: 5,
};

describe.concurrent('ranks that are killed', () => {
  it.for([
    { title: 'one that is not the first, and the last', dead: [1, 4] },
    { title: 'the first', dead: [0] },
  ])('$title: the others are told, shrink and go on', async ({ dead }) => {
    const program = node(RANKS, 'programs/survivors.ts', dead.join(','));
    const { code, stdout, stderr, left } = await runRanks([program], { faultTolerant: true });
    const alive = [0, 1, 2, 3, 4].filter((rank) => !dead.includes(rank));
    const seen = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { rank: number });
    const expected = alive.map((rank, place) => ({
      ...SEEN,
      rank,
      acked: dead,
      rest: [place, alive.length],
      sum: alive.reduce((sum, each) => sum + each, 0),
      again: alive,
    }));
    expect(
      seen.sort((a, b) => a.rank - b.rank),
      stderr,
    ).toEqual(expected);
    expect({ code, left }).toEqual({ code: 0, left: [] });
  });
});
