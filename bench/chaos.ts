/**
 * `npm run chaos -- worker|server|neo4j|rdf4j|graph-worker|approvals|budget [--times N] [--seed N] [--json]`: kills a part of kgot in the middle of runs, or
 * steers runs at random moments. `npm run chaos -- rank|rank0|two-ranks|host|mpiexec|compute-worker|cancel` does so to jobs on MPI ranks.
 */
import { parseArgs } from 'node:util';
import { table } from '../cli/show/terminal.ts';
import { disturbApprovals } from './approvals.ts';
import { FAULTS, injectFaults } from './faults.ts';
import type { Fault, FaultReport } from './faults.ts';
import { endIfInterrupted } from './interrupt.ts';
import { describeMachine } from './machine.ts';
import { injectRankFaults, RANK_FAULTS } from './mpi/chaos.ts';
import type { RankFault } from './mpi/chaos.ts';
import { disturbSharedBudget } from './shared-budget.ts';

const { values, positionals } = readArgs();
const name = positionals[0];
const NAMES: readonly string[] = [...FAULTS, ...RANK_FAULTS, 'approvals', 'budget'];
if (name === undefined || !NAMES.includes(name) || positionals.length !== 1) {
  fail(`Give what to disturb: npm run chaos -- NAME, with NAME one of ${NAMES.join(', ')}.`);
}
const times = wholeNumber('times', values.times);
const seed = wholeNumber('seed', values.seed);

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const disturbing =
  name === 'approvals'
    ? disturb()
    : name === 'budget'
      ? disturbBudget()
      : RANK_FAULTS.includes(name as RankFault)
        ? injectIntoRanks(name as RankFault)
        : inject(name as Fault);
const [report, text] = await disturbing.catch(endIfInterrupted);
if (values.json) process.stdout.write(`${JSON.stringify({ chaos: name, machine: describeMachine(), ...report })}\n`);
else process.stdout.write(`${text}\n${describeMachine()}\n`);
process.exit(0);

async function inject(fault: Fault): Promise<[report: object, text: string]> {
  const [injected] = (await injectFaults([fault], { times, seed, log })) as [FaultReport];
  const lines = injected.trials.map((trial, index) => [
    String(index + 1),
    trial.killedAfter.toFixed(2),
    trial.seconds.toFixed(2),
    trial.restartSeconds.toFixed(2),
    trial.lostSeconds.toFixed(2),
    String(trial.unknown),
    trial.problems.join('; ') || 'none',
  ]);
  const header = ['TRIAL', 'KILLED AT (s)', 'TOOK (s)', 'RESTART (s)', 'LOST BEYOND (s)', 'UNKNOWN', 'PROBLEMS'];
  return [
    injected,
    `${table(header, lines)}\n\n` +
      `${fault}: ${times} kills, an undisturbed run takes ${injected.undisturbedSeconds.toFixed(2)} s; ` +
      `lost at most ${injected.mostLostSeconds.toFixed(2)} s beyond the restart and the calls in flight (goal: ≤ 8 s); ` +
      `${injected.problems} problems: ${injected.holds ? 'holds' : 'missed'}`,
  ];
}

async function injectIntoRanks(fault: RankFault): Promise<[report: object, text: string]> {
  const injected = await injectRankFaults(fault, { times, seed, log });
  const lines = injected.trials.map((trial, index) => [
    String(index + 1),
    trial.killedAfter.toFixed(2),
    trial.seconds.toFixed(2),
    String(trial.launches),
    trial.lostSeconds.toFixed(2),
    trial.problems.join('; ') || 'none',
  ]);
  return [
    injected,
    `${table(['TRIAL', 'KILLED AT (s)', 'TOOK (s)', 'LAUNCHES', 'LOST (s)', 'PROBLEMS'], lines)}\n\n` +
      `${fault}: ${times} times, an undisturbed run takes ${injected.undisturbedSeconds.toFixed(2)} s; ` +
      `lost at most ${injected.mostLostSeconds.toFixed(2)} s (goal: ≤ ${injected.mayLoseSeconds.toFixed(2)} s, the stall limit and one start); ` +
      `${injected.problems} problems: ${injected.holds ? 'holds' : 'missed'}`,
  ];
}

async function disturb(): Promise<[report: object, text: string]> {
  const disturbed = await disturbApprovals({ times, seed, log });
  const lines = disturbed.trials.map((trial, index) => [
    ...[index + 1, trial.hints, trial.raises, trial.approved, trial.rejected, trial.refused].map(String),
    ...[trial.executions, trial.kills].map(String),
    trial.problems.join('; ') || 'none',
  ]);
  const header = 'TRIAL HINTS RAISES APPROVED REJECTED REFUSED EXECUTIONS KILLS PROBLEMS'.split(' ');
  return [
    disturbed,
    `${table(header, lines)}\n\n` +
      `approvals: ${times} runs; each acknowledged update was taken once, each approved call made once, no other: ` +
      `${disturbed.problems} problems: ${disturbed.holds ? 'holds' : 'missed'}`,
  ];
}

async function disturbBudget(): Promise<[report: object, text: string]> {
  const disturbed = await disturbSharedBudget({ times, seed, log });
  const lines = disturbed.trials.map((trial, index) => [
    ...[String(index + 1), trial.killedAfter.toFixed(2), trial.seconds.toFixed(2)],
    ...[trial.limit, trial.spent, trial.unknown, trial.outOfBudget].map(String),
    trial.terminated ? 'yes' : 'no',
    trial.problems.join('; ') || 'none',
  ]);
  const header = [
    'TRIAL',
    'KILLED AT (s)',
    'TOOK (s)',
    'LIMIT',
    'SPENT',
    'UNKNOWN',
    'OUT OF IT',
    'TERMINATED',
    'PROBLEMS',
  ];
  return [
    disturbed,
    `${table(header, lines)}\n\n` +
      `budget: ${times} kills, four runs on one budget each; no limit broken, every owner’s sum that of the records, no share lost: ` +
      `${disturbed.problems} problems: ${disturbed.holds ? 'holds' : 'missed'}`,
  ];
}

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
