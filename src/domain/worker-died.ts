/** Type of the failure of an activity whose worker process is known to have died: nobody waits for its heartbeats then. */
export const WORKER_DIED = 'WorkerDied';
