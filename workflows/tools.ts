import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { canonicalJson, truncate } from '../src/domain/text.ts';
import { describeToolCall, sourceOf } from '../src/domain/tools.ts';
import type { ToolCall } from '../src/domain/tools.ts';
import { callTool, listTools } from './activities.ts';
import { takeForTool } from './budget.ts';
import { isLost, reasonOf } from './reason.ts';
import { canFindRoom, takeForToolWhenRoom } from './room.ts';
import { waitForApproval } from './wheel.ts';
import { addNote, addSaving, callRound, planOf } from './state.ts';
import type { MadeCall, RunState, ServedTool } from './state.ts';

/** Asks every tool queue of the run which tools it serves. Of two tools with one name the first queue's is used. */
export async function loadTools(queues: readonly string[]): Promise<ServedTool[]> {
  const sets = await Promise.all(
    queues.map(async (queue) => {
      try {
        return { queue, ...(await listTools(queue)) };
      } catch (error) {
        if (isCancellation(error)) throw error;
        throw ApplicationFailure.create({
          type: 'ToolQueueUnserved',
          message: `No worker answered on the tool queue ${queue}: start one with "kgot worker --queue ${queue}", or leave the queue out of the run's toolQueues.`,
          nonRetryable: true,
        });
      }
    }),
  );
  const byName = new Map<string, ServedTool>();
  for (const { queue, hash, tools } of sets) {
    for (const tool of tools) if (!byName.has(tool.name)) byName.set(tool.name, { ...tool, queue, setHash: hash });
  }
  return [...byName.values()];
}

const SHOWN_TOOLS = 10;

/** Calls on their way, so that an identical one side by side waits for the first. */
const underWay = new Map<string, Promise<MadeCall | undefined>>();

/**
 * Makes one tool call, or gives the outcome of an identical one of this run. A failure becomes a note for the next vote,
 * and is not remembered.
 */
export async function makeCall(state: RunState, call: ToolCall, sample: string): Promise<MadeCall | undefined> {
  const key = canonicalJson(call);
  const made = planOf(state).sharedCalls === false ? undefined : (state.made[key] ?? underWay.get(key));
  if (made !== undefined) {
    addSaving(state, 'callsShared');
    return made;
  }
  const making = makeNewCall(state, call, sample, key).finally(() => underWay.delete(key));
  underWay.set(key, making);
  return making;
}

async function makeNewCall(
  state: RunState,
  call: ToolCall,
  sample: string,
  key: string,
): Promise<MadeCall | undefined> {
  const line = describeToolCall(call);
  const tool = state.tools.find(({ name }) => name === call.tool);
  if (tool === undefined) {
    addNote(state, `There is no tool ${call.tool}; there are ${state.tools.map(({ name }) => name).join(', ')}.`);
    return undefined;
  }
  if (tool.sideEffects) {
    const rejected = state.rejected[key] ?? (await waitForApproval(state, call, sample));
    if (rejected !== undefined) {
      state.rejected[key] = rejected;
      addNote(state, `${line} must not be made: ${truncate(rejected, 200)}.`);
      return undefined;
    }
  }
  const taken = canFindRoom(state) ? await takeForToolWhenRoom(state, tool) : takeForTool(state, tool);
  if (taken.refused !== undefined) {
    addNote(state, `${line} cannot be made: ${taken.refused}.`);
    return undefined;
  }
  const shown = {
    round: state.round,
    tool: call.tool,
    summary: line,
    state: 'running' as 'running' | 'done' | 'failed',
  };
  state.recentTools = [...state.recentTools, shown].slice(-SHOWN_TOOLS);
  let lost = false;
  try {
    const outcome = await callTool(
      tool,
      {
        run: state.prepared.run,
        round: callRound(state),
        sample,
        ask: 0,
        input: call.input,
        toolSetHash: tool.setHash,
        model: state.prepared.models.executor,
        ...(planOf(state).compute === 'ranks' ? { compute: 'ranks' } : {}),
        ...(taken.allowance === undefined ? {} : { allowance: taken.allowance }),
      },
      line,
    );
    shown.state = 'done';
    const entry = { call, source: sourceOf(state.round, call), outcome };
    state.made[key] = entry;
    return entry;
  } catch (error) {
    shown.state = 'failed';
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    // What a call has spent whose worker died is in the records alone: until they are read, all of it stays reserved.
    lost = isLost(error);
    addNote(state, `${line} failed: ${truncate(reasonOf(error), 200)}`);
    return undefined;
  } finally {
    if (!lost) taken.release();
  }
}
