import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentsFor, readQuestions } from '../../cli/eval/data.ts';
import type { Question } from '../../cli/eval/data.ts';
import { UserError } from '../../cli/errors.ts';
import { temporaryFolder } from '../support/folders.ts';

const LINE = {
  id: '2hop__1',
  question: 'Who leads the country whose capital is Lima?',
  answer: 'Ada Vega',
  aliases: ['A. Vega'],
  decomposition: [
    { question: 'Lima >> capital of', answer: 'Peru', paragraph: 1 },
    { question: 'Who leads #1?', answer: 'Ada Vega', paragraph: 3 },
  ],
  paragraphs: [
    { title: 'Chile', text: 'Chile is long.' },
    { title: 'Lima', text: 'Lima is the capital of Peru.' },
    { title: 'Chile', text: 'Chile is dry.' },
    { title: 'Peru', text: 'Ada Vega leads Peru.' },
    { title: 'Peru (copy)', text: 'Ada Vega leads Peru.' },
  ],
};

function fileOf(...lines: unknown[]): string {
  const file = join(temporaryFolder(), 'questions.jsonl');
  writeFileSync(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return file;
}

function errorOf(file: string): UserError {
  try {
    readQuestions(file);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('It was read.');
}

describe('readQuestions', () => {
  it('reads a question a line, with or without line ends between and after them', () => {
    const questions = readQuestions(fileOf(LINE, '', { ...LINE, id: 'b' }, '  ', ''));
    expect(questions.map(({ id }) => id)).toEqual(['2hop__1', 'b']);
    expect(questions[0]).toEqual(LINE);
  });

  it('takes a question without aliases and decomposition, and leaves out what it does not know', () => {
    const { aliases: _, decomposition: __, ...least } = LINE;
    const [question] = readQuestions(fileOf({ ...least, source: 'elsewhere' }));
    expect(question).toEqual({ ...least, aliases: [], decomposition: [] });
  });

  it.each([
    [
      'a line that is no JSON',
      [LINE, '{"id": '],
      /questions\.jsonl, line 2 is no JSON: the file must hold one JSON object/,
    ],
    ['a line after empty ones', ['', '', 'x'], /line 3 is no JSON/],
    ['no question', [{ ...LINE, question: undefined }], /line 1 does not fit: .*question/s],
    ['an empty id', [{ ...LINE, id: '' }], /line 1 does not fit: .*id/s],
    ['a number for an answer', [LINE, { ...LINE, id: 'b', answer: 7 }], /line 2 does not fit: .*answer/s],
    ['no paragraphs', [{ ...LINE, paragraphs: undefined }], /line 1 does not fit: .*paragraphs/s],
    ['a paragraph without text', [{ ...LINE, paragraphs: [{ title: 'a' }] }], /paragraphs\[0\]\.text/],
    ['a list', [[LINE]], /line 1 does not fit/],
    ['an id twice', [LINE, LINE], /line 2: the id 2hop__1 comes twice/],
    ['nothing', ['', ''], /questions\.jsonl holds no question/],
  ])('refuses a file with %s, naming file and line', (_, lines, message) => {
    const file = fileOf(...lines);
    const error = errorOf(file);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(file);
    expect(error.exitCode).toBe(2);
  });

  it('says that a file cannot be read', () => {
    const folder = temporaryFolder();
    expect(errorOf(join(folder, 'missing.jsonl')).message).toMatch(/missing\.jsonl cannot be read: ENOENT/);
    expect(errorOf(folder).message).toMatch(/cannot be read: EISDIR/);
  });
});

describe('documentsFor', () => {
  const other: Question = {
    ...LINE,
    id: 'b',
    paragraphs: [{ title: 'Lima', text: 'Lima lies at the sea.\n# 1 of Peru.' }],
  };

  it('gives each question its own paragraphs, each as a document of its own name', () => {
    const documents = documentsFor([LINE, other]);
    expect(documents.get('2hop__1')!.map(({ name }) => name)).toEqual([
      'Chile',
      'Lima',
      'Chile (2)',
      'Peru',
      'Peru (copy)',
    ]);
    expect(documents.get('b')).toEqual([
      { name: 'Lima', mediaType: 'text/plain', text: 'Lima lies at the sea.\n# 1 of Peru.' },
    ]);
  });

  it('without support removes the paragraphs that support the answer, and others of the same words', () => {
    const documents = documentsFor([LINE], 'no-support').get('2hop__1')!;
    expect(documents.map(({ text }) => text)).toEqual(['Chile is long.', 'Chile is dry.']);
  });

  it('without support leaves all where no paragraph is known to support', () => {
    expect(documentsFor([{ ...LINE, decomposition: [] }], 'no-support').get('2hop__1')).toHaveLength(5);
  });

  it('pooled gives every question the same paragraphs of all, each once, under its heading', () => {
    const documents = documentsFor([LINE, { ...LINE, id: 'again' }, other], 'pooled');
    expect(documents.get('b')).toBe(documents.get('2hop__1'));
    const [pool, ...more] = documents.get('b')!;
    expect(more).toEqual([]);
    expect(pool!.text.match(/^# /gm)).toHaveLength(6);
    expect(pool!.text).toContain('# Peru\n\nAda Vega leads Peru.');
  });

  it('pooled takes no paragraph that begins with # for a heading', () => {
    const hash = { ...other, paragraphs: [{ title: 'Song', text: '  #1 of Peru.\n# Lima ' }] };
    const [pool] = documentsFor([hash], 'pooled').get('b')!;
    expect(pool!.text).toBe('# Song\n\n #1 of Peru.\n # Lima\n\n');
  });
});
