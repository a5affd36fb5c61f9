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
  if (!signal(pid, 'SIGTERM')) return;
  const deadline = performance.now() + graceMilliseconds;
  while (isAlive(pid)) {
    if (performance.now() > deadline) signal(pid, 'SIGKILL');
    await delay(20);
  }
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
