import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { countryQuestions } from '../../bench/country-questions.ts';
import type { EvaluationReport } from '../../cli/eval/report.ts';
import { commandFolder } from '../support/command-folder.ts';
import { kgot, processesOf } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { neo4jServer, rdf4jServer } from '../support/graph-servers.ts';

const questions = countryQuestions();
let folder: string;
let data: string;
/** Holds server and worker for all evaluations here. */
let up: Command;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kgot-eval-'));
  data = join(folder, 'questions.jsonl');
  await writeFile(data, questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  const [neo4j, rdf4j] = await Promise.all([neo4jServer(), rdf4jServer()]);
  up = kgot(['up'], {
    folder,
    env: {
      ...{ NEO4J_URI: neo4j.url, NEO4J_USERNAME: neo4j.user, NEO4J_PASSWORD: neo4j.password },
      RDF4J_URL: rdf4j.url,
    },
  });
  await up.until('Up: Temporal at');
});
afterAll(async () => {
  up.child.kill('SIGINT');
  await up.ended;
  for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(processesOf(folder)).toEqual([]));
  await rm(folder, { recursive: true, force: true });
});

async function evaluate(file: string, ...args: string[]): Promise<EvaluationReport> {
  const command = kgot(['eval', file, '--model', 'oracle', '--json', ...args], { folder });
  expect(await command.ended, command.stderr).toBe(0);
  return JSON.parse(command.stdout) as EvaluationReport;
}

describe('kgot eval with the oracle', { timeout: 300_000 }, () => {
  it('answers every question, and its ledgers say what the oracle counted', async () => {
    const report = await evaluate(data);
    expect(report).toMatchObject({ questions: questions.length, exactMatch: questions.length, f1: 1, unknown: 0 });
    expect(report.oracle).toMatchObject({ ledgersAgree: true, requests: report.calls });
    expect(report.rows.map(({ id }) => id)).toEqual(questions.map(({ id }) => id));
    const lines = (await readFile(report.results, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(questions.length + 1);
  });

  it('starts anew where it was finished', async () => {
    const [first, again] = [await evaluate(data, '--limit', '1'), await evaluate(data, '--limit', '1')];
    expect(again.results).toBe(first.results);
    expect(again.oracle?.requests).toBe(again.calls);
  });

  it('stays right and exact under noise', async () => {
    const report = await evaluate(data, '--noise', '0.3', '--seed', '3');
    expect(report.exactMatch).toBe(questions.length);
    expect(report.oracle).toMatchObject({ ledgersAgree: true });
    expect(report.oracle!.errors).toBeGreaterThan(0);
    expect(report.oracle!.hung).toBe(report.unknown);
  });

  it('scores nothing without the supporting paragraphs', async () => {
    const report = await evaluate(data, '--control', 'no-support', '--limit', '3');
    expect(report).toMatchObject({ exactMatch: 0, f1: 0 });
  });

  it.each([['--retrieval', 'code']])('answers every question with %s %s', async (...args) => {
    const report = await evaluate(data, '--limit', '3', ...args);
    expect(report).toMatchObject({ questions: 3, exactMatch: 3, f1: 1 });
    expect(report.oracle).toMatchObject({ ledgersAgree: true });
  });

  it('goes on with an unfinished evaluation after a kill -9, and repeats no finished question', async () => {
    // With a server and a worker of its own, which the kill ends too.
    const own = commandFolder();
    const args = ['eval', data, '--model', 'oracle', '--noise', '0.2', '--seed', '4', '--concurrency', '2'];
    const first = own.kgot(args);
    await first.until(/[1-9]\d* of \d+ done/);
    process.kill(-first.child.pid!, 'SIGKILL');
    await first.ended;
    const second = own.kgot([...args, '--json']);
    expect(await second.ended, second.stderr).toBe(0);
    expect(second.stderr).toMatch(/An unfinished evaluation goes on: [1-9]\d* of \d+ questions are done/);
    const report = JSON.parse(second.stdout) as EvaluationReport;
    expect(report.exactMatch).toBe(questions.length);
    expect(new Set(report.rows.map(({ workflowId }) => workflowId.split('/')[0])).size).toBe(1);
  });

  it('refuses a results file of another evaluation, and noise without the oracle', async () => {
    const report = await evaluate(data, '--limit', '1');
    const other = kgot(['eval', data, '--model', 'oracle', '--results', report.results], { folder });
    expect(await other.ended).toBe(2);
    expect(other.stderr).toContain('holds the results of another evaluation');
    const noise = kgot(['eval', data, '--model', 'ollama:x', '--noise', '0.3'], { folder });
    expect(await noise.ended).toBe(2);
    expect(noise.stderr).toContain('--noise breaks the requests to the oracle');
  });
});

const musique = fileURLToPath(new URL('../../../shared/data/musique-dev.jsonl', import.meta.url));
/** The data lies beside the project's own checkouts, and is not part of the repository. */
describe.runIf(existsSync(musique))('kgot eval on MuSiQue with the oracle', { timeout: 600_000 }, () => {
  it.each<[string[], { of: number; least: number; most: number }]>([
    [[], { of: 20, least: 20, most: 20 }],
    [['--noise', '0.3'], { of: 20, least: 19, most: 20 }],
    // Of a question that cannot be answered every round is gone through.
    [['--control', 'no-support'], { of: 4, least: 0, most: 0 }],
    [['--control', 'pooled'], { of: 10, least: 8, most: 10 }],
    [['--graph', 'memory'], { of: 6, least: 6, most: 6 }],
    [['--graph', 'neo4j'], { of: 6, least: 6, most: 6 }],
    [['--graph', 'rdf4j'], { of: 6, least: 6, most: 6 }],
  ])('%j: the score lies where it should, the ledger is exact', async (args, { of, least, most }) => {
    const report = await evaluate(musique, '--limit', String(of), ...args);
    expect(report.questions).toBe(of);
    expect(report.exactMatch).toBeGreaterThanOrEqual(least);
    expect(report.exactMatch).toBeLessThanOrEqual(most);
    expect(report.oracle).toMatchObject({ ledgersAgree: true });
    expect(report.rows.filter(({ error }) => error !== undefined)).toEqual([]);
  });
});
