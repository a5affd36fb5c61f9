import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createToolActivities } from '../../activities/tools.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { ToolStepCall } from '../../src/domain/activities.ts';
import type { ToolOutcome } from '../../src/domain/tools.ts';
import { ModelCaller } from '../../src/model/model-caller.ts';
import type { Tool } from '../../src/tools/define-tool.ts';
import { listTools } from '../../src/tools/tool-set.ts';

export interface ToolCallOptions {
  artifacts: ArtifactStore;
  /** The run that calls. @default 'r' */
  run?: string;
  /** The time in milliseconds. */
  now?: () => number;
  environment?: MockActivityEnvironment;
}

export function quietEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

/** Calls a tool through its activity, as a run does; nothing is asked of a model. @returns the output's text */
export async function callTool(tool: Tool, input: Record<string, unknown>, options: ToolCallOptions): Promise<string> {
  const { artifacts, run = 'r', now, environment = quietEnvironment() } = options;
  const activities = createToolActivities({
    ...{ tools: [tool], queue: 'ours', artifacts, caller: new ModelCaller({ artifacts }) },
    ...(now === undefined ? {} : { now }),
  });
  const call: ToolStepCall = {
    run: { id: run, question: 'q', documentsSha256: await artifacts.putContent('[]') },
    ...{ round: 1, sample: '0', ask: 0, input, model: { provider: 'recorded', name: 'x' } },
    toolSetHash: listTools([tool], 'ours').hash,
  };
  const activity = activities[`tool.${tool.name}`] as unknown as (call: ToolStepCall) => Promise<ToolOutcome>;
  const { outputSha256 } = await environment.run<[ToolStepCall], ToolOutcome, typeof activity>(activity, call);
  return (await artifacts.getContent(outputSha256)).toString();
}
