/** A job whose tasks end their ranks, or wait to be ended. */
import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { defineJob } from '../../../src/jobs/index.ts';
import type { TaskContext } from '../../../src/jobs/index.ts';

export type DeadlyTask =
  | { do: 'give'; value: number }
  /** Spawns, writes its pid, and goes on once there is a file; the second time at once. */
  | { do: 'spawn-and-hold'; pid: string; spawns: number }
  | { do: 'exit' }
  | { do: 'note'; file: string }
  | { do: 'spawn-note'; file: string; child?: boolean }
  /** Kills the parent of its process, unless there is a file, which it leaves. */
  | { do: 'kill-mpiexec'; unless: string }
  | { do: 'stop-rank'; unless: string }
  | { do: 'block-for'; milliseconds: number }
  | { do: 'until-file'; file: string; begun: string };

export const deadly = defineJob<DeadlyTask[], unknown[]>({ name: 'deadly', module: import.meta.url });

const word = new Int32Array(new SharedArrayBuffer(4));
const block = (milliseconds: number): void => void Atomics.wait(word, 0, 0, milliseconds);

export const split = (tasks: DeadlyTask[]): DeadlyTask[] => tasks;
export const reduce = (results: unknown[]): unknown[] => results;

export function run(task: DeadlyTask, context: TaskContext<DeadlyTask>): unknown {
  switch (task.do) {
    case 'give':
      return task.value;
    case 'spawn-and-hold':
      for (let value = 0; value < task.spawns; value += 1) context.spawn({ do: 'give', value });
      if (existsSync(task.pid)) {
        writeFileSync(`${task.pid}-again`, '');
        return 'held';
      }
      writeWhole(task.pid, String(process.pid));
      for (;;) block(1_000);
    case 'exit':
      return process.exit(3);
    case 'note':
      appendFileSync(task.file, 'ran\n');
      return 'noted';
    case 'spawn-note':
      appendFileSync(task.file, 'ran\n');
      if (task.child) return 'child';
      context.spawn({ ...task, child: true });
      return 'parent';
    case 'kill-mpiexec':
      if (existsSync(task.unless)) return 'lived';
      writeFileSync(task.unless, '');
      process.kill(process.ppid, 'SIGKILL');
      for (;;) block(1_000);
    case 'stop-rank':
      if (existsSync(task.unless)) return 'went on';
      writeFileSync(task.unless, '');
      process.kill(process.pid, 'SIGSTOP');
      return 'stopped';
    case 'block-for':
      block(task.milliseconds);
      return 'blocked';
    case 'until-file':
      writeFileSync(task.begun, '');
      while (!existsSync(task.file)) {
        if (context.signal.aborted) throw new Error('aborted');
        block(5);
      }
      return 'found';
  }
}

/** So that whoever finds the file finds all of it. */
function writeWhole(file: string, content: string): void {
  writeFileSync(`${file}.part`, content);
  renameSync(`${file}.part`, file);
}
