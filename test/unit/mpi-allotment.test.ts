import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allotment, RESERVE } from '../../src/mpi/launcher/allotment.ts';
import type { Portion } from '../../src/mpi/launcher/allotment.ts';

const SEEDED = { seed: 20261128, numRuns: 10_000 };

const tasks = (count: number): Portion => ({ pieces: [{ first: 0, from: 0, to: count }], spawned: [] });
const spawn = (id: number) => ({ id, parent: 0, ordinal: -1 - id, payload: '0' });
const idsOf = ({ pieces, spawned }: Portion): number[] => [
  ...pieces.flatMap(({ first, from, to }) => Array.from({ length: to - from }, (_, at) => first + from + at)),
  ...spawned.map(({ id }) => id),
];

describe('the allotment of tasks to hosts', () => {
  it('gives all to the only host there is', () => {
    const allotment = new Allotment([4]);
    allotment.add(tasks(1_000));
    expect(allotment.next()).toEqual({ host: 0, grant: tasks(1_000) });
    expect(allotment.next()).toBeUndefined();
  });

  it('hands out half of an even share, by the ranks of each, until that is little', () => {
    const allotment = new Allotment([2, 6]);
    allotment.add(tasks(800));
    expect(allotment.next()).toMatchObject({ host: 0, grant: { pieces: [{ from: 0, to: 100 }] } });
    expect(allotment.next()).toMatchObject({ host: 1, grant: { pieces: [{ from: 100, to: 363 }] } });
    expect(allotment.next()).toBeUndefined();
    const little = new Allotment([2, 6]);
    little.add(tasks(10));
    expect(little.next()).toMatchObject({ host: 0, grant: { pieces: [{ from: 0, to: 2 * RESERVE }] } });
    expect(little.next()).toMatchObject({ host: 1, grant: { pieces: [{ from: 4, to: 10 }] } });
  });

  it('asks the host with most, one at a time, and not again who had nothing', () => {
    const allotment = new Allotment([1, 1, 1]);
    allotment.add(tasks(4));
    expect(allotment.next()).toMatchObject({ host: 0 });
    expect(allotment.next()).toMatchObject({ host: 1 });
    expect(allotment.next()).toEqual({ ask: 0 });
    expect(allotment.next()).toBeUndefined();
    allotment.gave(0, { pieces: [], spawned: [] });
    expect(allotment.next()).toEqual({ ask: 1 });
    allotment.gave(1, { pieces: [], spawned: [] });
    expect(allotment.next()).toBeUndefined();
    expect(allotment.waits).toBe(true);
    // One that has spawned may have something.
    allotment.ended(1, -1);
    expect(allotment.next()).toEqual({ ask: 1 });
  });

  it('takes what one has in reserve for ranks that have nothing to do alone', () => {
    const allotment = new Allotment([1, 1]);
    allotment.add(tasks(4));
    allotment.next();
    allotment.next();
    allotment.lacks(0, 'reserve');
    allotment.lacks(1, 'reserve');
    expect(allotment.next()).toBeUndefined();
    allotment.lacks(1, 'tasks');
    expect(allotment.next()).toEqual({ ask: 0 });
  });

  it('tells a host nothing while it cannot be told anything', () => {
    const allotment = new Allotment([1, 1]);
    allotment.block(0);
    allotment.add(tasks(100));
    expect(allotment.next()).toMatchObject({ host: 1 });
    expect(allotment.next()).toBeUndefined();
    allotment.unblock(0);
    expect(allotment.next()).toMatchObject({ host: 0 });
  });

  /**
   * Hosts that run, spawn, give back and lack tasks, in any order: every task is on one host or on none. Left to itself then, each host running one task a turn, all is
   * done in hardly more turns than there are tasks for each host: none goes without while another has some to spare.
   */
  it('never loses a task nor gives it to two, and leaves no host without', () => {
    const steps = fc.array(fc.tuple(fc.nat(4), fc.nat(3), fc.nat(50)), { maxLength: 60 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), fc.nat(200), steps, play),
      SEEDED,
    );
  });
});

/** With `assert`: `expect` would take nine tenths of the time. */
function play(ranks: number[], count: number, steps: [number, number, number][]): void {
  const allotment = new Allotment(ranks);
  const pool = new Set(idsOf(tasks(count)));
  const hosts = ranks.map(() => new Set<number>());
  let asked: number | undefined;
  let spawns = 0;
  let finished = 0;
  allotment.add(tasks(count));
  const move = (): void => {
    for (let next = allotment.next(); next !== undefined; next = allotment.next()) {
      if ('ask' in next) {
        assert.equal(asked, undefined);
        asked = next.ask;
        continue;
      }
      for (const id of idsOf(next.grant)) {
        assert.ok(pool.delete(id));
        hosts[next.host]!.add(id);
      }
    }
  };
  const give = (most: number): void => {
    const donor = asked!;
    const given = [...hosts[donor]!].slice(hosts[donor]!.size - Math.max(0, Math.min(most, hosts[donor]!.size)));
    for (const id of given) {
      hosts[donor]!.delete(id);
      pool.add(id);
    }
    asked = undefined;
    allotment.gave(donor, {
      pieces: given.filter((id) => id >= 0).map((id) => ({ first: 0, from: id, to: id + 1 })),
      spawned: given.filter((id) => id < 0).map(spawn),
    });
    move();
  };
  const held = (): number => hosts.reduce((sum, { size }) => sum + size, 0);
  move();
  for (const [what, which, amount] of steps) {
    const host = which % ranks.length;
    const own = hosts[host]!;
    const some = [...own].slice(0, amount);
    if (what === 0) {
      for (const id of some) own.delete(id);
      finished += some.length;
      allotment.ended(host, some.length);
    } else if (what === 1 && own.size > 0) {
      spawns += 1;
      own.add(-spawns);
      allotment.ended(host, -1);
    } else if (what === 2) {
      allotment.lacks(host, own.size === 0 ? 'tasks' : 'reserve');
    } else if (what === 3 && asked !== undefined) {
      give(amount);
    } else allotment.askAgain();
    move();
    assert.equal(held() + pool.size + finished, count + spawns);
  }
  const left = held() + pool.size;
  let turns = 0;
  for (; held() + pool.size > 0; turns += 1) {
    assert.ok(turns < 2 * Math.ceil(left / ranks.length) + 10 * ranks.length);
    for (const [host, own] of hosts.entries()) if (own.size === 0) allotment.lacks(host, 'tasks');
    if (allotment.waits) allotment.askAgain();
    move();
    // What runs is not given away.
    for (let asks = 0; asked !== undefined && asks < 2 * ranks.length; asks += 1)
      give(Math.ceil((hosts[asked]!.size - 1) / 2));
    for (const [host, own] of hosts.entries()) {
      const [first] = own;
      if (first === undefined) continue;
      own.delete(first);
      allotment.ended(host, 1);
    }
  }
}
