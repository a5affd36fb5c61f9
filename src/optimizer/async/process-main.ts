/** A process that calls one export of a module, and ends. Whatever it does, it can be ended, and with it nothing else. */
import { performance } from 'node:perf_hooks';
import type { ProcessMessage, ProcessQuestion } from './process-protocol.ts';
import { loadExport } from './thread.ts';

/** Bytes of a block, as the system counts what is read and written. */
const BLOCK = 512;
const MIB = 2 ** 20;

process.on('disconnect', () => process.exit());
process.once('message', (question: ProcessQuestion) => void answer(question));

async function answer({ module, name, input }: ProcessQuestion): Promise<void> {
  tell({ kind: 'begins', resident: process.memoryUsage.rss() / MIB });
  try {
    const work = await loadExport(module, name);
    const before = process.resourceUsage();
    const loop = performance.eventLoopUtilization();
    const startedAt = performance.now();
    const result: unknown = await work(...input);
    const [took, busy] = [performance.now() - startedAt, performance.eventLoopUtilization(loop).active];
    const after = process.resourceUsage();
    const difference = (...fields: ('userCPUTime' | 'systemCPUTime' | 'fsRead' | 'fsWrite')[]): number =>
      fields.reduce((sum, field) => sum + after[field] - before[field], 0);
    tell({
      kind: 'gave',
      result,
      took,
      busy,
      cpu: difference('userCPUTime', 'systemCPUTime') / 1_000,
      memory: after.maxRSS / 1_024,
      disk: (difference('fsRead', 'fsWrite') * BLOCK) / MIB,
    });
  } catch (thrown) {
    try {
      tell({ kind: 'threw', thrown });
    } catch {
      tell({ kind: 'threw', thrown: new Error(String(thrown)) });
    }
  }
}

function tell(message: ProcessMessage): void {
  process.send!(message);
}
