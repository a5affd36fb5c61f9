import { WorkStealingScheduler } from './stealing-scheduler.ts';

let scheduler: WorkStealingScheduler | undefined;

/** The one scheduler of this process, on all cores: what asks at the same time waits for its turn, as two would share the cores anyway. */
export function processScheduler(): WorkStealingScheduler {
  scheduler ??= new WorkStealingScheduler();
  return scheduler;
}
