import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { slotsOfHosts } from '../../src/mpi/launcher/hosts.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import type { ToolContext } from '../../src/tools/define-tool.ts';
import { leftoversOfOurs } from './leftovers.ts';
import { where } from './programs/where-job.ts';

afterEach(async () => {
  expect(await leftoversOfOurs()).toEqual([]);
  vi.unstubAllEnvs();
});

const tool = defineTool({
  ...{ name: 'where', description: 'Tells where it runs.', job: where },
  ...{ input: z.object({ tasks: z.number() }), output: z.array(z.string()) },
});
const context = { signal: new AbortController().signal } as ToolContext;

test('the job of a tool runs on the ranks of the hosts that are set, where the plan of a run says so', async () => {
  vi.stubEnv('KGOT_MPI_HOSTS', 'localhost:2');
  expect(slotsOfHosts()).toBe(2);
  expect(await tool.execute({ tasks: 20 }, { ...context, compute: 'ranks' })).toEqual(['a rank']);
  expect(await tool.execute({ tasks: 20 }, context)).toEqual(['a thread']);
});

test('it runs on threads where there is no MPI', async () => {
  vi.stubEnv('KGOT_MPIEXEC', '/nowhere/mpiexec');
  expect(slotsOfHosts()).toBe(0);
  expect(await tool.execute({ tasks: 20 }, { ...context, compute: 'ranks' })).toEqual(['a thread']);
});
