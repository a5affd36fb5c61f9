import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import grafeo from '@grafeo-db/js';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubModel } from '../../bench/stub-model.ts';
import type { CostRow } from '../../src/cost/cost-report.ts';
import type { Ledger } from '../../src/domain/ledger.ts';
import type { RunStory } from '../../src/client/story/story.ts';
import { kgot, kgotOnTerminal, processesOf } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { answer, enhance, facts, search, solve, toReply } from '../support/stack.ts';
import type { Script } from '../support/stack.ts';

/** Two rounds of facts: the second corrects the first. */
const script: Script = {
  decideNextStep: ({ earlier }) => (earlier < 2 ? enhance('Who leads Peru?') : solve('the one who leads')),
  chooseTools: ({ earlier }) => search(earlier === 0 ? 'Peru' : 'Ada Vega'),
  extractChanges: ({ earlier }) =>
    earlier === 0
      ? {
          nodes: [{ name: 'Peru', label: 'Country', properties: [{ name: 'population', value: 33 }] }],
          edges: [{ from: 'Bo', type: 'LEADS', to: 'Peru', properties: [] }],
          retract: [],
        }
      : {
          ...facts(['Ada Vega', 'LEADS', 'Peru']),
          nodes: [{ name: 'Peru', label: 'Country', properties: [{ name: 'population', value: 34 }] }],
          retract: [{ from: 'Bo', type: 'LEADS', to: 'Peru' }],
        },
  writeQuery: () => ({ query: 'MATCH (p)-[:LEADS]->(c) RETURN p.name' }),
  parseAnswer: () => answer('Ada Vega'),
};

/** What the model has made up, out of what it has read. */
const CARRIER = 'https://evil.example/?d=34';

/** A run whose document has a link, and whose model makes another one up everywhere. */
const linking: Script = {
  ...script,
  decideNextStep: ({ prompt }) => (prompt.includes('LEADS') ? solve(CARRIER) : enhance(`see ${CARRIER}`)),
  chooseTools: () => search('report', `of ${CARRIER}`),
  extractChanges: () => facts(['https://peru.example/report', 'LEADS', `to ${CARRIER}`]),
  parseAnswer: () => answer(`See https://peru.example/report and ${CARRIER}.`),
};

let folder: string;
let model: StubModel;
let env: NodeJS.ProcessEnv;
let up: Command;
let id: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kgot-runs-'));
  model = await startStubModel((request) =>
    toReply((request.conversation.includes('Where is the report?') ? linking : script)[request.step]?.(request)),
  );
  env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url };
  up = kgot(['up'], { folder, env });
  await up.until('Up: Temporal at');
  await writeFile(join(folder, 'peru.md'), 'Ada Vega leads Peru. It has 34 million people.');
  const solved = await run('Who leads Peru?', '--file', 'peru.md', '--votes', '1', '--json');
  id = (JSON.parse(solved) as { id: string }).id;
});
afterAll(async () => {
  process.kill(-up.child.pid!, 'SIGINT');
  await up.ended;
  await model.close();
  for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** What a command prints. */
async function run(...args: string[]): Promise<string> {
  const command = kgot(args, { folder, env });
  expect(await command.ended, command.stderr).toBe(0);
  return command.stdout;
}

/** What a command that was given wrongly says. */
async function refused(...args: string[]): Promise<string> {
  const command = kgot(args, { folder, env });
  expect(await command.ended, command.stdout).toBe(2);
  expect(command.stdout).toBe('');
  return command.stderr;
}

describe('kgot cost', { timeout: 180_000 }, () => {
  it('adds a run up by step, tool and model, beside another, and says what it does not know', async () => {
    const text = await run('cost', id);
    expect(text).toMatch(/^STEP +CALLS +UNKNOWN +IN +OUT +COST +SHARE +SECONDS\n/);
    expect(text).toMatch(/\nmodel\.decideNextStep +3 +0 +\d+ +\d+ +\$0\.0000 +[\d.]+\n/);
    expect(text).toMatch(/\ntool\.search_documents +2 +0 +0 +0 +\$0\.0000 +[\d.]+\n/);
    const { ledger } = JSON.parse(await run('ledger', id, '--json')) as { ledger: Ledger };
    const cost = JSON.parse(await run('cost', id, '--json')) as { total: CostRow };
    expect(cost.total).toMatchObject({
      calls: ledger.calls + ledger.toolCalls,
      inputTokens: ledger.inputTokens,
      outputTokens: ledger.outputTokens,
      unpriced: ledger.unpriced,
    });
    expect(await run('cost', id, '--by', 'model')).toMatch(/\nopenai-compatible:stub +/);
    expect(await run('cost', id, '--by', 'tool', '--compare', id)).toMatch(/\nsearch_documents +\$0\.0000 +\$0\.0000 /);
    const all = JSON.parse(await run('cost', '--since', '1h', '--json')) as { by: string; rows: CostRow[] };
    expect(all).toMatchObject({ by: 'run', rows: [{ name: expect.stringContaining('who-leads-peru') as string }] });
  });

  it('writes every call as CSV, and as KGoT’s own files', async () => {
    expect((await run('cost', id, '--format', 'csv')).split('\r\n')[0]).toContain('run,id,kind,name,model,known');
    await run('cost', id, '--format', 'reference', '--out', 'costs');
    const lines = (await readFile(join(folder, 'costs/llm_cost.json'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines[0]!)).toMatchObject({ FunctionName: 'decideNextStep', Model: 'openai-compatible:stub' });
    const totals = JSON.parse(await readFile(join(folder, 'costs/total_cost.json'), 'utf8')) as Record<string, unknown>;
    expect(Object.keys(totals)).toContain('FinalTotal');
  });

  it('says what it needs', async () => {
    expect(await refused('cost')).toContain('Give a run, or --since for all runs since then.');
    expect(await refused('cost', id, '--since', '1h')).toContain('Give a run, or --since');
    expect(await refused('cost', '--since', '1h', '--compare', id)).toContain('give a run first');
    expect(await refused('cost', id, '--format', 'reference')).toContain('give a folder by --out');
    expect(await refused('cost', id, '--out', 'x')).toContain('--out needs --format');
    expect(await refused('cost', id, '--by', 'day')).toContain('Give step, tool, model, run, or user.');
    expect(await refused('cost', 'nobody')).toContain('"kgot list" lists the runs.');
  });
});

describe('kgot show', { timeout: 180_000 }, () => {
  it('tells a run round by round, without colours where there is no terminal', async () => {
    const text = await run('show', id);
    expect(text).not.toContain('\u001b');
    expect(Math.max(...text.split('\n').map((line) => (line.includes('http') ? 0 : line.length)))).toBeLessThanOrEqual(
      100,
    );
    expect(text).toMatch(/^Who leads Peru\?\n {2}Run: kgot-who-leads-peru-/);
    expect(text).toContain('\n  Model: openai-compatible:stub\n  Options: votes 1 (instead of 5)\n');
    expect(text).toContain('\n  Plan: balanced (asked for)\n    • 1 vote: asked for\n');
    expect(text).toContain('\n  Votes: 1 ENHANCE, 0 SOLVE → ENHANCE\n    • ENHANCE: Who leads Peru? = ?\n');
    expect(text).toContain('\n    ✓ search_documents({"page":1,"query":"Peru"}) · ');
    expect(text).toContain('\n      ~ Peru.population = 33 → 34\n');
    expect(text).toContain('\n      − Bo —LEADS→ Peru\n');
    expect(text).toMatch(/\n {4}✓ MATCH \(p\)-\[:LEADS\]->\(c\) RETURN p.name · 1 row, [\d.]+ s\n {6}Ada Vega\n/);
    expect(text).toContain('\nEnded: solved: the graph held the answer\n  Answer: Ada Vega\n');
    expect(text).toMatch(/\n {2}Temporal UI: http:\/\/\S+\n$/);
  });

  it('is in colours on a terminal, and as wide', async () => {
    const command = kgotOnTerminal(['show', id], { folder, env: { TERM: 'xterm' }, columns: 60 });
    expect(await command.ended, command.stdout).toBe(0);
    expect(command.stdout).toMatch(/^\u001b\[1mWho leads Peru\?\u001b\[22m\r\n/);
    expect(command.stdout).toContain('\n      + \u001b[32mAda Vega —LEADS→ Peru\u001b[39m\r\n');
    expect(command.stdout).not.toContain('\\u{1b}');
    const shown = stripVTControlCharacters(command.stdout).split('\r\n');
    expect(Math.max(...shown.map((line) => (line.includes('http') ? 0 : line.length)))).toBeLessThanOrEqual(60);
  });

  it('gives the whole story as one object, or as Markdown', async () => {
    const story = JSON.parse(await run('show', id, '--json')) as RunStory & { uiUrl: string };
    expect(story).toMatchObject({ id, status: 'COMPLETED', result: { answer: 'Ada Vega' }, gaps: [] });
    expect(story.rounds.map(({ decision }) => decision?.next)).toEqual(['ENHANCE', 'ENHANCE', 'SOLVE']);
    expect(story.uiUrl).toContain(id);
    const markdown = await run('show', id, '--format', 'markdown');
    expect(markdown).toMatch(/^# Who leads Peru\?\n\n- Run: kgot-who-leads-peru/);
    expect(markdown).toContain('\n## Round 1 of 7 · ');
    expect(markdown).toContain('\n  - • ENHANCE: Who leads Peru? = ?\n');
  });

  it('names kgot list for an id that nobody knows', async () => {
    expect(await refused('show', 'nobody')).toContain('"kgot list" lists the runs.');
    expect(await refused('graph', 'nobody')).toContain(
      `There is no run nobody in ${join(folder, '.kgot')}: neither Temporal nor the artifact store knows it. "kgot list"`,
    );
  });
});

describe('a link that only the model has made', { timeout: 180_000 }, () => {
  it('leads nowhere, whatever shows it, and one that a tool gave is shown as it is', async () => {
    await writeFile(join(folder, 'links.md'), 'The report is at https://peru.example/report for all.');
    const solving = kgot(['Where is the report?', '--file', 'links.md', '--votes', '1'], { folder, env });
    expect(await solving.ended, solving.stderr).toBe(0);
    const linked = /Run (kgot-\S+)/.exec(solving.stderr)![1]!;
    const shown = [
      ['resume', linked],
      ['show', linked],
      ['graph', linked],
      ['graph', linked, '--diff', '1'],
    ];
    const texts = [solving.stdout];
    for (const args of shown) texts.push(await run(...args));
    for (const text of texts) {
      expect(text).not.toContain(CARRIER);
      expect(text).toContain('https[:]//evil.example/?d=34');
      expect(text).toContain('https://peru.example/report');
    }
    const markdown = await run('show', linked, '--format', 'markdown');
    expect(markdown).not.toContain('https://evil');
    expect(markdown).toContain('https\\[:\\]//evil.example/');
    expect(solving.stderr).not.toContain('https://evil');
    expect(JSON.parse(await run('show', linked, '--json'))).toMatchObject({
      result: { answer: `See https://peru.example/report and ${CARRIER}.` },
    });
  });
});

describe('kgot list', { timeout: 180_000 }, () => {
  it('shows the runs that fit', async () => {
    await vi.waitFor(async () => expect(await run('list', '--status', 'solved')).toContain(id), { timeout: 20_000 });
    const none = await run('list', '--model', 'gpt-4o-mini', '--since', '2h', '--min-dollars', '0.5', '--json');
    expect(JSON.parse(none)).toEqual({ runs: [], more: false });
  });

  it('says what the server says of a condition that it does not take', async () => {
    const said = await refused('list', '--query', 'KgotNothing = 1');
    expect(said).toMatch(
      /Temporal does not take --query "KgotNothing = 1" \(.*KgotNothing.*\): give a condition as in/,
    );
  });
});

describe('kgot graph', { timeout: 180_000 }, () => {
  it('gives an earlier revision as JSON, with sources', async () => {
    const document = JSON.parse(await run('graph', id, '--at', '1', '--format', 'json')) as object;
    expect(document).toMatchObject({
      revision: 1,
      nodes: [
        { key: 'Country:peru', properties: { name: 'Peru', population: 33 } },
        { key: 'Thing:bo', sources: ['round 1: search_documents({"page":1,"query":"Peru"})'] },
      ],
      edges: [{ from: 'Thing:bo', type: 'LEADS', to: 'Country:peru' }],
    });
  });

  it('gives a Cypher script that makes the graph again', async () => {
    const database = grafeo.GrafeoDB.create();
    await database.executeCypher(await run('graph', id, '--format', 'cypher'));
    const rows = await database.executeCypher('MATCH (a)-[r]->(b) RETURN a.name, type(r), b.name, b.population');
    expect(rows.toArray()).toEqual([
      { 'a.name': 'Ada Vega', 'type(r)': 'LEADS', 'b.name': 'Peru', 'b.population': 34 },
    ]);
    database.close();
  });

  it('writes what Graphviz draws into a file', async () => {
    expect(await run('graph', id, '--format', 'dot', '--out', 'drawn/peru.dot')).toBe(
      'Revision 2: 3 nodes, 1 edge, written to drawn/peru.dot\n',
    );
    const svg = (await Graphviz.load()).dot(await readFile(join(folder, 'drawn', 'peru.dot'), 'utf8'));
    expect(svg.match(/<g id="node/g)).toHaveLength(3);
  });

  it('draws an earlier revision beside the newest', async () => {
    const { picture, revision } = JSON.parse(await run('graph', id, '--at', '1', '--json')) as Record<string, string>;
    expect(revision).toBe(1);
    expect(picture).toMatch(/@1\.svg$/);
    expect(await readFile(join(folder, picture!), 'utf8')).toContain('population: 33');
  });

  it('compares revisions', async () => {
    expect(await run('graph', id, '--diff', '1..2'))
      .toBe(`Revision 1 to 2: 1 node and 1 edge added, 1 value changed, 1 edge retracted
  from round 2: search_documents({"page":1,"query":"Ada Vega"})
    + Ada Vega —LEADS→ Peru
    + Ada Vega: Thing
    ~ Peru.population = 33 → 34
    − Bo —LEADS→ Peru
`);
  });

  it('names the revisions there are where one does not exist', async () => {
    expect(await refused('graph', id, '--at', '9')).toContain(
      `The graph of ${id} has no revision 9: there are 0 to 2.`,
    );
    expect(await refused('graph', id, '--diff', '1..3')).toContain('has no revision 3: there are 0 to 2.');
    expect(await refused('graph', id, '--diff', '1', '--at', '2')).toContain('leave out --at, --format and --out');
  });
});
