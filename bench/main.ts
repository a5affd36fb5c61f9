/** `npm run bench -- NAME [--pairs N] [--json]`: measures one benchmark and prints its rows. */
import { parseArgs } from 'node:util';
import { table } from '../cli/show/terminal.ts';
import { keepCompiled } from '../src/config/keep-compiled.ts';
import { graph, graphLimits } from './graph/index.ts';
import { endIfInterrupted } from './interrupt.ts';
import { loop } from './loop.ts';
import { describeMachine } from './machine.ts';
import { mpi } from './mpi/index.ts';
import { optimizer } from './optimizer/index.ts';
import { savings } from './optimizer/savings.ts';
import type { Bench } from './rows.ts';
import { stealing } from './stealing/index.ts';

const BENCHES: Record<string, Bench> = { graph, 'graph-limits': graphLimits, loop, mpi, optimizer, savings, stealing };

keepCompiled();
const { values, positionals } = readArgs();
const name = positionals[0] ?? '';
const bench = BENCHES[name];
if (bench === undefined || positionals.length !== 1) {
  fail(`Give one benchmark: npm run bench -- NAME, with NAME one of ${Object.keys(BENCHES).join(', ')}.`);
}
const pairs = Number(values.pairs);
if (!Number.isInteger(pairs) || pairs < 1)
  fail(`--pairs is ${JSON.stringify(values.pairs)}: give a whole number from 1.`);

const rows = await bench({ pairs, log: (line) => process.stderr.write(`${line}\n`) }).catch(endIfInterrupted);
if (values.json) process.stdout.write(`${JSON.stringify({ bench: name, machine: describeMachine(), rows })}\n`);
else {
  const number = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3));
  const lines = rows.map((row) => [
    row.id,
    `${number(row.value)} ${row.unit}`,
    row.rival,
    `${number(row.rivalValue)} ${row.unit}`,
    number(row.ratio),
    row.spread.map(number).join(' – '),
    row.goal ?? '',
    row.holds === undefined ? '' : row.holds ? 'holds' : 'missed',
  ]);
  process.stdout.write(
    `${table(['ROW', 'OURS', 'RIVAL', 'RIVAL’S', 'RATIO', 'SPREAD', 'GOAL', ''], lines)}\n\n${describeMachine()}\n`,
  );
}
process.exit(0);

function readArgs() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, pairs: { type: 'string', default: '5' } },
    });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function fail(message: string): never {
  process.stderr.write(`Error: ${message}\n`);
  process.exit(2);
}
