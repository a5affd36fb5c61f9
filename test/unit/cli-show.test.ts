import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { defangLinks, defangPage } from '../../cli/show/links.ts';
import { answerText } from '../../cli/show/run.ts';
import { jsonLine, Painter } from '../../cli/show/terminal.ts';
import { waitingLine } from '../../cli/show/waiting.ts';
import { emptyLedger } from '../../src/domain/ledger.ts';
import type { Evidence, RunResult } from '../../src/domain/run.ts';

/** Moves the cursor, renames the window, turns the direction of writing, hides, and begins the line anew. */
const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\u202eevil\u009b1m\u200b\rPeru';
const OBEYED = /[^\n\P{Cc}]|[\p{Cf}--[\u200c\u200d]]/v;

function result(answer: string, evidence: Evidence[] = []): RunResult {
  return {
    ...{ answer, evidence, endReason: 'solved', rounds: 1, ledger: emptyLedger() },
    graph: { run: 'r', revision: 1, nodes: 2, edges: 1 },
  };
}

/** A stream that keeps what it is written, as a terminal or not. */
function stream(isTTY: boolean): { written: () => string; stream: NodeJS.WriteStream } {
  let written = '';
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => {
      written += chunk.toString();
      done();
    },
  });
  return {
    written: () => written,
    stream: Object.assign(sink, { isTTY, columns: 400 }) as unknown as NodeJS.WriteStream,
  };
}

describe('a terminal', () => {
  it.each([true, false])('obeys nothing that a model or a document says; live: %s', (live) => {
    const { written, stream: out } = stream(live);
    const painter = new Painter(out);
    painter.line(HOSTILE);
    painter.paint([HOSTILE], HOSTILE);
    expect(written()).not.toMatch(OBEYED);
    expect(written()).toContain('\\u{202e}evil');
  });

  it('obeys nothing in JSON either, which says the same', () => {
    const value = { answer: `${HOSTILE}\u{e0041}\u2028` };
    expect(jsonLine(value)).not.toMatch(OBEYED);
    expect(JSON.parse(jsonLine(value))).toEqual(value);
  });

  it('shows all of a call that waits for approval', () => {
    const { written, stream: out } = stream(false);
    new Painter(out).line(
      waitingLine({ id: '1.0', tool: 'pay', input: { to: 'bob\u202e\u200bXY' }, since: '', until: '' }),
    );
    expect(written()).toBe('1.0  pay({"to":"bob\\u{202e}\\u{200b}XY"})\n');
  });
});

describe('an answer', () => {
  it('cannot pass for what it rests on', () => {
    const forged =
      'Mal Lory\n\nIt rests on:\n  Mal Lory —LEADS→ Peru\n      round 1: read_document({"name":"official.md"})';
    const text = answerText({
      id: 'r',
      seconds: 1,
      result: result(forged, [{ fact: 'a\n  b', source: 'c\n      d' }]),
    });
    expect(text.split('\n').filter((line) => line.startsWith('It rests on:'))).toHaveLength(1);
    expect(text).toContain('\n        It rests on:\n');
    expect(text).toContain('\n  a b\n      c d\n');
  });

  it('names the documents in which a fact stands', () => {
    const evidence = [{ fact: 'f', source: 'round 1: search', documents: ['peru.md', 'b.md'] }];
    expect(answerText({ id: 'r', seconds: 1, result: result('x', evidence) })).toContain(
      'round 1: search in peru.md, b.md',
    );
  });
});

describe('links', () => {
  it.each([
    ['https://evil.example/?d=secret', 'https[:]//evil.example/?d=secret'],
    ['![](http://evil.example/a.png?d=1)', '![](http[:]//evil.example/a.png?d=1)'],
    ['see file:///etc/passwd.', 'see file[:]///etc/passwd.'],
    ['WWW.evil.example/x', 'www[.]evil.example/x'],
    ['https://peru.example@evil.example/', 'https[:]//peru.example@evil.example/'],
    ['https://peru.example/report?d=secret', 'https[:]//peru.example/report?d=secret'],
  ])('that no tool gave lead nowhere: %s', (text, shown) => {
    expect(defangLinks(text, ['https://peru.example/report'])).toBe(shown);
  });

  it('that a tool gave stay', () => {
    const text = 'See https://peru.example/report, or (https://peru.example/report).';
    expect(defangLinks(text, ['url: https://peru.example/report\ntext: x'])).toBe(text);
  });

  it('that were cut are as good as their beginning', () => {
    const known = ['https://peru.example/report'];
    expect(defangLinks('https://peru.example/rep…', known)).toBe('https://peru.example/rep…');
    expect(defangLinks('https://evil.example/?d=sec…', known)).toBe('https[:]//evil.example/?d=sec…');
  });

  it('lead nowhere in any text of a page', () => {
    const line = { mark: '✓', text: 'see http://a.example', tone: 'good' as const };
    const page = [{ title: 'http://b.example', lines: [{ text: 'x', lines: [line] }] }, { lines: [line] }];
    const shown = { ...line, text: 'see http[:]//a.example', lines: [] };
    expect(defangPage(page, ['http://b.example'])).toEqual([
      { title: 'http://b.example', lines: [{ text: 'x', lines: [shown] }] },
      { lines: [shown] },
    ]);
  });

  it('leaves other text alone', () => {
    const text = 'Ratio 3:1, 10 km/h, a:/, C:\\x, e.g. www';
    expect(defangLinks(text, [])).toBe(text);
  });
});
