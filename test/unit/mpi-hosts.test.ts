import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import { nameOfHost, readHosts } from '../../src/mpi/launcher/hosts.ts';

function hostfile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kgot-hosts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'hosts'), content);
  return join(folder, 'hosts');
}

describe('hosts', () => {
  it('are a list, or the lines of a hostfile of Open MPI', () => {
    expect(readHosts('a:2, b-1.example.org')).toEqual([
      { name: 'a', slots: 2 },
      { name: 'b-1.example.org', slots: 1 },
    ]);
    expect(readHosts(hostfile('# ours\na slots=4\n\n10.0.0.7 slots=2 max_slots=4  # another\nc\n'))).toEqual([
      { name: 'a', slots: 4 },
      { name: '10.0.0.7', slots: 2 },
      { name: 'c', slots: 1 },
    ]);
  });

  it.each([
    ['', '"" is no host: give hosts as a:2,b:2, or a hostfile as ./hosts.'],
    ['a:2:3', '"a:2:3" is no host'],
    ['-x:2', '"-x:2" is no host'],
    ['a;reboot:2', '"a;reboot:2" is no host'],
    ['a:0', 'The slots of the host a are "0": give 1 to 256.'],
    ['a:many', 'The slots of the host a are "many": give 1 to 256.'],
    ['a:1,a:2', 'The host a is named twice: name it once, with all its slots.'],
    ['./nowhere/hosts', 'The hostfile ./nowhere/hosts cannot be read: ENOENT'],
  ])('%j is refused, and what would be right is said', (given, words) => {
    expect(() => readHosts(given)).toThrow(words);
  });

  it('of a file are refused by their line', () => {
    expect(() => readHosts(hostfile('a slots=2\nb slot=2\n'))).toThrow(
      /^Line 2 of .*hosts is "b slot=2": give it as "a slots=2"\.$/,
    );
    expect(() => readHosts(hostfile('# none\n'))).toThrow(/names no host: give it a line as "a slots=2"/);
  });

  it('are known by the name that MPI tells, which may lack the domain', () => {
    const hosts = readHosts('a.example.org:2,b:1,10.0.0.7:1,localhost:2');
    const nameOf = (told: string): string => nameOfHost({ hosts }, told);
    expect(['a', 'b', '10.0.0.7', hostname(), 'elsewhere'].map(nameOf)).toEqual([
      ...['a.example.org', 'b', '10.0.0.7', 'localhost', 'elsewhere'],
    ]);
  });

  it('have as many ranks as slots, and no other number', () => {
    expect(new MpiDistributedProcessor({ hosts: 'a:2,b:3' }).ranks).toBe(5);
    expect(() => new MpiDistributedProcessor({ hosts: 'a:2', ranks: 3 })).toThrow('Both ranks and hosts are given');
  });
});
