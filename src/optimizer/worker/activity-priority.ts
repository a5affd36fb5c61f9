import { asyncLocalStorage } from '@temporalio/activity';
import { enginePriority } from '../../domain/plan-execution.ts';

/** The engine's priority of the activity that this is called in: that of its run. Undefined outside of one. */
export function activityPriority(): number | undefined {
  const key = asyncLocalStorage.getStore()?.info.priority?.priorityKey;
  return key === undefined ? undefined : enginePriority(key);
}
