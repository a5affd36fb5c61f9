/** `npm run chaos -- worker|server [--times N] [--seed N] [--json]`: kills a part of kgot in the middle of runs. */
import { parseArgs } from 'node:util';
import { table } from '../cli/show/terminal.ts';
import { FAULTS, injectFaults } from './faults.ts';
import type { Fault } from './faults.ts';
import { describeMachine } from './machine.ts';

const { values, positionals } = readArgs();
const fault = positionals[0] as Fault;
if (!FAULTS.includes(fault) || positionals.length !== 1) {
  fail(`Give what to kill: npm run chaos -- NAME, with NAME one of ${FAULTS.join(', ')}.`);
}
const times = wholeNumber('times', values.times);
const seed = wholeNumber('seed', values.seed);

const report = await injectFaults(fault, { times, seed, log: (line) => process.stderr.write(`${line}\n`) });
if (values.json) process.stdout.write(`${JSON.stringify({ chaos: fault, machine: describeMachine(), ...report })}\n`);
else {
  const lines = report.trials.map((trial, index) => [
    String(index + 1),
    trial.killedAfter.toFixed(2),
    trial.seconds.toFixed(2),
    trial.restartSeconds.toFixed(2),
    trial.lostSeconds.toFixed(2),
    String(trial.unknown),
    trial.problems.join('; ') || 'none',
  ]);
  process.stdout.write(
    `${table(['TRIAL', 'KILLED AT (s)', 'TOOK (s)', 'RESTART (s)', 'LOST BEYOND (s)', 'UNKNOWN', 'PROBLEMS'], lines)}\n\n` +
      `${fault}: ${times} kills, an undisturbed run takes ${report.undisturbedSeconds.toFixed(2)} s; ` +
      `lost at most ${report.mostLostSeconds.toFixed(2)} s beyond the restart and the calls in flight (goal: ≤ 8 s); ` +
      `${report.problems} problems: ${report.holds ? 'holds' : 'missed'}\n${describeMachine()}\n`,
  );
}
process.exit(0);

function readArgs() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        times: { type: 'string', default: '5' },
        seed: { type: 'string', default: '1' },
      },
    });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) fail(`--${name} is ${JSON.stringify(text)}: give a whole number from 1.`);
  return value;
}

function fail(message: string): never {
  process.stderr.write(`Error: ${message}\n`);
  process.exit(2);
}
