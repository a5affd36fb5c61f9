/** Ranks of which some die at once: `survivors.ts 1,4`. The others take note, shrink and go on; each prints what it saw. */
import { initialize, MpiError } from '../../../src/mpi/index.ts';

const mpi = await initialize();
const { world } = mpi;
const classOf = (error: unknown): string => (error instanceof MpiError ? error.errorClass : String(error));
const lost = (run: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(run)
    .then(() => 'nothing', classOf);

await world.barrier();
const dead = process.argv[2]!.split(',').map(Number);
if (dead.includes(world.rank)) process.kill(process.pid, 'SIGKILL');

const seen: Record<string, unknown> = { rank: world.rank, faultTolerant: mpi.faultTolerant };
// Waiting for the dead alone, promised and blocking.
seen['recvInto'] = await lost(() => world.recvInto(new Float64Array(1), dead[0], 5));
seen['recvIntoSync'] = await lost(() => world.recvIntoSync(new Float64Array(1), dead[0], 5));
seen['recv'] = await lost(() => world.recv(dead[0], 5));
seen['recvSync'] = await lost(() => world.recvSync(dead[0], 5));
seen['getFailed'] = world.getFailed().includes(dead[0]!);
// Waiting for anyone, while a dead one is not taken note of.
seen['anyInto'] = await lost(() => world.recvInto(new Float64Array(1), undefined, 6));
seen['acked before'] = world.failureGetAcked();
const all = async (): Promise<void> => {
  for (;;) {
    world.failureAck();
    if (world.failureGetAcked().length === dead.length) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
};
await all();
seen['acked'] = world.failureGetAcked();
// Messages among the living go on.
const alive = Array.from({ length: world.size }, (_, rank) => rank).filter((rank) => !dead.includes(rank));
const next = alive[(alive.indexOf(world.rank) + 1) % alive.length]!;
await world.send('alive', next, 7);
seen['message'] = (await world.recv<string>(undefined, 7)).value;
// All have come here: what is taken note of does not disturb an agreement.
seen['agreed'] = await world.agree(7);
// One has seen enough: whoever waits for anything is told.
const waiting = lost(() => world.recv(world.rank, 99));
if (world.rank === alive[0]) world.revoke();
seen['revoked'] = await waiting;
seen['isRevoked'] = world.isRevoked;
seen['after'] = await lost(() => world.barrier());
seen['agree'] = (await world.agree(0b110 | world.rank)) === alive.reduce((all, rank) => all & (0b110 | rank), ~0);
const rest = await world.shrink();
seen['rest'] = [rest.rank, rest.size];
seen['sum'] = await rest.allreduce(world.rank);
seen['agreeSync'] = rest.agreeSync(5);
const again = rest.shrinkSync();
seen['again'] = await again.allgather(world.rank);
process.stdout.write(`${JSON.stringify(seen)}\n`);
