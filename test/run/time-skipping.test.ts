import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApplyResult, ModelStepResult, Prepared } from '../../src/domain/activities.ts';
import { emptyLedger } from '../../src/domain/ledger.ts';
import { fillOptions } from '../../src/domain/run.ts';
import type { RunResult } from '../../src/domain/run.ts';
import '../support/quiet.ts';
import { answer, enhance, solve } from '../support/stack.ts';
import { findTestServer } from '../support/temporal.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  const path = await findTestServer();
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  const { IndexedValueType } = proto.temporal.api.enums.v1;
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: {
      KgotStatus: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
      KgotModel: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
      KgotRounds: IndexedValueType.INDEXED_VALUE_TYPE_INT,
      KgotDollars: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
    },
  });
});
afterAll(() => environment.teardown());

it('waits out a model that cannot be reached for an hour, and goes on', async () => {
  // After the first minute an attempt every ten seconds.
  const failing = 360;
  let attempts = 0;
  const reply = (value: object): ModelStepResult => ({ kind: 'answer', value });
  const model = { provider: 'stub', name: 'stub' };
  const graph = { revision: 1, nodes: 2, edges: 1, viewTokens: 100, facts: ['Ada Vega —LEADS→ Peru'] };
  // The workflow is the real one; its activities are scripted here, as time is what is tested.
  const activities = {
    'run.prepare': (): Prepared => ({
      run: { id: 'run', question: 'Who leads Peru?', documentsSha256: '' },
      options: fillOptions({ votes: 1, finalParses: 1, retrieval: 'direct' }),
      models: { planner: model, executor: model },
      prices: { planner: null, executor: null },
      documentTokens: 0,
      queues: { model: 'kgot', graph: 'kgot', tools: ['kgot'] },
    }),
    'run.reconcile': emptyLedger,
    'tools.list': () => ({
      hash: 'set',
      tools: [{ name: 'search', timeoutSeconds: 60, attempts: 1, sideEffects: false, price: 0 }],
    }),
    'tool.search': () => ({ outputSha256: '', characters: 0, excerpt: '' }),
    'model.decideNextStep': (): ModelStepResult => {
      attempts += 1;
      if (attempts <= failing) throw ApplicationFailure.create({ type: 'ModelUnreachable', message: 'gone' });
      return reply(attempts === failing + 1 ? enhance('x') : solve());
    },
    'model.chooseTools': () => reply({ calls: [{ tool: 'search', input: {} }] }),
    'model.extractChanges': () => reply({ nodes: [], edges: [], retract: [] }),
    'graph.apply': (): ApplyResult => ({ kind: 'applied', graph, problems: [] }),
    'model.answerDirectly': () => reply(answer('Ada Vega')),
    'graph.evidence': () => [],
  };
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: 'kgot',
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    activities,
  });
  const result = (await worker.runUntil(
    environment.client.workflow.execute('answerQuestion', {
      args: [{ question: 'Who leads Peru?' }],
      workflowId: 'long-wait',
      taskQueue: 'kgot',
    }),
  )) as RunResult;
  expect(result).toMatchObject({ answer: 'Ada Vega', endReason: 'solved', rounds: 2 });
  expect(attempts).toBe(failing + 2);
  const { startTime, closeTime } = await environment.client.workflow.getHandle('long-wait').describe();
  expect((closeTime!.getTime() - startTime.getTime()) / 3_600_000).toBeGreaterThan(0.98);
});
