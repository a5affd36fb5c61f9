import { setTimeout as delay } from 'node:timers/promises';

/** Whether a process of this number lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends a process with SIGTERM, and with SIGKILL when it takes longer than `graceMilliseconds`. */
export async function endProcess(pid: number, graceMilliseconds: number): Promise<void> {
  if (!signalProcess(pid, 'SIGTERM')) return;
  const deadline = performance.now() + graceMilliseconds;
  while (isAlive(pid)) {
    if (performance.now() > deadline) signalProcess(pid, 'SIGKILL');
    await delay(20);
  }
}

/** Sends a signal. @returns false when no process of this number may be sent one */
export function signalProcess(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
