import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubReply, StubRequest } from '../../bench/stub-model.ts';
import { kgotOnTerminal } from '../../test/support/command.ts';
import type { Command } from '../../test/support/command.ts';
import { answer, enhance, facts, search, solve, toReply } from '../../test/support/stack.ts';
import type { TerminalOutput } from './terminal.ts';

/** What two commands wrote on their terminal. */
export interface NoteRun {
  /** `kgot solve`, which asked before it posted a note. */
  solving: TerminalOutput;
  /** `kgot show` of the same run. */
  showing: TerminalOutput;
}

const QUESTION = 'Post who leads Peru.';
const OPTIONS = ['--file', 'peru.md', '--tools', 'post-note-tool.ts', '--votes', '3', '--exit'];
const COLUMNS = 112;

/** Plays a run whose model, a scripted one, wants to call a tool with side effects, and is allowed to. */
export async function playNoteRun(): Promise<NoteRun> {
  const folder = await mkdtemp(join(tmpdir(), 'kgot-screenshot-'));
  const model = await startStubModel(reply);
  const env = { TERM: 'xterm', KGOT_MODEL: 'scripted', KGOT_MODEL_URL: model.url };
  try {
    await writeFile(join(folder, 'peru.md'), 'Ada Vega leads Peru. It has 34 million people.\n');
    await symlink(join(import.meta.dirname, 'post-note-tool.ts'), join(folder, 'post-note-tool.ts'));
    const solving = kgotOnTerminal(['solve', QUESTION, ...OPTIONS], { folder, env, columns: COLUMNS });
    await solving.until('[l]ater: ');
    solving.child.stdin!.write('y\n');
    await succeeded(solving);
    const id = /^Run (\S+)/m.exec(solving.stdout)![1]!;
    const showing = kgotOnTerminal(['show', id], { folder, env, columns: COLUMNS });
    await succeeded(showing);
    return {
      solving: outputOf(solving, `kgot solve "${QUESTION}" ${OPTIONS.join(' ')}`),
      showing: outputOf(showing, `kgot show ${id}`),
    };
  } finally {
    await model.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function succeeded(command: Command): Promise<void> {
  if ((await command.ended) !== 0) throw new Error(command.stdout);
}

function outputOf({ stdout }: Command, typed: string): TerminalOutput {
  return { typed, output: stdout, columns: COLUMNS };
}

/** It searches, posts what it found, and answers with the second query that it writes. */
function reply({ step, prompt, earlier }: StubRequest): StubReply {
  switch (step) {
    case 'decideNextStep':
      if (prompt.includes('NEWS_OF')) return toReply(solve('the one who leads Peru'));
      return toReply(prompt.includes('LEADS') ? enhance('do the others know') : enhance('who leads Peru'));
    case 'chooseTools':
      return toReply(
        earlier === 0 ? search('Peru') : { calls: [{ tool: 'post_note', input: { text: 'Ada Vega leads Peru.' } }] },
      );
    case 'extractChanges':
      return toReply(facts(earlier === 0 ? ['Ada Vega', 'LEADS', 'Peru'] : ['note 1', 'NEWS_OF', 'Peru']));
    case 'writeQuery':
      return toReply({ query: 'MATCH (p)-[:LEADS->(c) RETURN p.name' });
    case 'repairQuery':
      return toReply({ query: 'MATCH (p)-[:LEADS]->(c) RETURN p.name' });
    default:
      return toReply(answer('Ada Vega'));
  }
}
