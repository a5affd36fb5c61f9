import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildAddon, findMpi, MpiUnavailable } from '../../src/mpi/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { testMpi } from './ranks.ts';

/** An mpiexec that says of itself what it is told, and the wrapper compiler beside it. */
function fakeMpi(says: string, compiler?: string): { bin: string; mpiexec: string; mpicxx: string } {
  const bin = temporaryFolder();
  const mpiexec = join(bin, 'mpiexec');
  const mpicxx = join(bin, 'mpicxx');
  writeFileSync(mpiexec, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(mpiexec, 0o755);
  if (compiler !== undefined) {
    writeFileSync(mpicxx, `#!/bin/sh\n${compiler}\n`);
    chmodSync(mpicxx, 0o755);
  }
  return { bin, mpiexec, mpicxx };
}

describe('findMpi', () => {
  /** A machine with nothing but what a test puts on PATH, where nothing is downloaded. */
  const find = (path: string, more: NodeJS.ProcessEnv = {}) => {
    const env = { PATH: path, XDG_CACHE_HOME: temporaryFolder(), ...more };
    return findMpi({ env, install: false });
  };

  it('takes what is on PATH if it is fit, and the compiler beside it', async () => {
    const { bin, mpiexec, mpicxx } = fakeMpi('mpiexec (OpenRTE) 5.0.9 (Open MPI) 5.0.9', 'exit 0');
    const older = fakeMpi('mpirun (Open MPI) 4.1.4', 'exit 0');
    expect(await find(`${older.bin}:${bin}`)).toMatchObject({ mpiexec, mpicxx, version: '5.0.9' });
  });

  it.for([
    ['mpirun (Open MPI) 4.1.4', 'it is of Open MPI 4.1.4, and from 5 on it is fit'],
    ['HYDRA build details:\nVersion: 4.2.1', 'it is not of Open MPI'],
  ] as const)('does not take %s', async ([says, why]) => {
    const { bin, mpiexec } = fakeMpi(says, 'exit 0');
    await expect(find(bin)).rejects.toThrow(`On PATH there is only ${mpiexec}: ${why}`);
  });

  it('does not take one without a compiler', async () => {
    const { bin, mpiexec } = fakeMpi('mpiexec (Open MPI) 5.0.11');
    await expect(find(bin)).rejects.toThrow(`${mpiexec}: the wrapper compiler mpicxx is not beside it`);
  });

  it('takes the one that a setting names, and no other', async () => {
    const { mpiexec } = fakeMpi('mpiexec (Open MPI) 5.1.0', 'exit 0');
    expect(await find('', { KGOT_MPIEXEC: mpiexec })).toMatchObject({ mpiexec, version: '5.1.0' });
    const older = fakeMpi('mpiexec (Open MPI) 4.1.4', 'exit 0');
    await expect(find('', { KGOT_MPIEXEC: older.mpiexec })).rejects.toThrow(
      `KGOT_MPIEXEC is ${older.mpiexec}, and it is of Open MPI 4.1.4, and from 5 on it is fit: name the mpiexec of an Open MPI from 5.`,
    );
    await expect(find('', { KGOT_MPIEXEC: '/nowhere/mpiexec' })).rejects.toThrow(MpiUnavailable);
  });

  it('says what to do where there is none', async () => {
    await expect(find('')).rejects.toThrow(
      'There is no mpiexec on PATH, and MPI cannot be installed from PyPI (it is not in the cache, and may not be downloaded now). Install Open MPI 5 with its wrapper compiler, or name its mpiexec in KGOT_MPIEXEC.',
    );
  });

  it('in a rank, takes the MPI that started it', async () => {
    const { mpiexec, mpicxx } = await testMpi();
    const env = { PMIX_RANK: '0', OMPI_VERSION: '5.0.11', OPAL_PREFIX: dirname(dirname(mpicxx)), PATH: '' };
    expect(await findMpi({ env })).toMatchObject({ mpiexec: join(dirname(mpicxx), 'mpiexec'), mpicxx });
    expect(existsSync(mpiexec)).toBe(true);
  });
});

describe('buildAddon', () => {
  it('builds once for all who want it at the same time, and tells when it builds', async () => {
    const mpi = await testMpi();
    const cache = temporaryFolder();
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    const addons = await Promise.all([1, 2, 3].map(() => buildAddon(mpi, { env, log })));
    expect(new Set(addons).size).toBe(1);
    expect(lines).toEqual([
      `MPI: building the binding once with ${mpi.mpicxx} …`,
      expect.stringMatching(/^MPI: built in \d+\.\d s; it is kept in .*\.node\.$/),
    ]);
    expect(readdirSync(dirname(addons[0]!))).toHaveLength(1);
    expect(addons[0]).toContain(`${process.platform}-${process.arch}-napi8-openmpi-${mpi.version}-`);
    expect(await buildAddon(mpi, { env, log })).toBe(addons[0]);
    expect(lines).toHaveLength(2);
  });

  it('takes over from a process that died while it built', async () => {
    const mpi = await testMpi();
    const built = await buildAddon(mpi);
    const cache = temporaryFolder();
    const folder = join(cache, 'kgot', 'mpi-addon');
    mkdirSync(folder, { recursive: true });
    const addon = join(folder, built.split('/').at(-1)!);
    // Above every process number there is.
    writeFileSync(`${addon}.lock`, JSON.stringify({ host: hostname(), pid: 2 ** 30 }));
    const compiled = new AbortController();
    const log = (): void => compiled.abort(new Error('it builds'));
    const building = buildAddon(mpi, { env: { ...process.env, XDG_CACHE_HOME: cache }, log, signal: compiled.signal });
    await expect(building).rejects.toThrow('it builds');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.for([
    [
      'a compiler',
      'echo "The Open MPI wrapper compiler was unable to find the specified compiler g++ in your PATH." >&2; exit 1',
      'finds no C++ compiler',
    ],
    [
      'mpi.h',
      'echo "addon.h:5:10: fatal error: mpi.h: No such file or directory" >&2; exit 1',
      'finds no mpi.h: install the development files',
    ],
    ['sense', 'echo "error: expected unqualified-id" >&2; exit 1', 'could not be built with'],
  ] as const)('says that it lacks %s', async ([, compiler, message]) => {
    const { mpicxx } = fakeMpi('', compiler);
    const env = { ...process.env, XDG_CACHE_HOME: temporaryFolder() };
    await expect(buildAddon({ mpicxx, version: '5.0.0' }, { env })).rejects.toThrow(message);
  });

  it('says that the wrapper compiler is missing', async () => {
    const env = { ...process.env, XDG_CACHE_HOME: temporaryFolder() };
    await expect(buildAddon({ mpicxx: '/nowhere/mpicxx', version: '5.0.0' }, { env })).rejects.toThrow(
      'The wrapper compiler /nowhere/mpicxx is missing: install the development files of Open MPI',
    );
  });
});
