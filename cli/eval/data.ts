import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { DocumentText } from '../../src/domain/run.ts';
import { messageOf, UserError } from '../errors.ts';

const question = z.object({
  id: z.string().min(1),
  question: z.string().min(1),
  answer: z.string(),
  aliases: z.array(z.string()).default([]),
  hops: z.number().optional(),
  decomposition: z
    .array(z.object({ question: z.string(), answer: z.string(), paragraph: z.number().int().nonnegative() }))
    .default([]),
  paragraphs: z.array(z.object({ title: z.string(), text: z.string() })),
});

/** One question of an evaluation: a line of the form of MuSiQue's, re-keyed. */
export type Question = z.infer<typeof question>;

/** Reads questions, one JSON object a line. */
export function readQuestions(file: string): Question[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`The data ${file} cannot be read: ${messageOf(error)}`, { exitCode: 2 });
  }
  const questions: Question[] = [];
  const seen = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const place = `${file}, line ${index + 1}`;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      throw new UserError(`${place} is no JSON: the file must hold one JSON object a line.`, { exitCode: 2 });
    }
    const parsed = question.safeParse(json);
    if (!parsed.success) {
      throw new UserError(`${place} does not fit: ${z.prettifyError(parsed.error)}`, { exitCode: 2 });
    }
    if (seen.has(parsed.data.id))
      throw new UserError(`${place}: the id ${parsed.data.id} comes twice.`, { exitCode: 2 });
    seen.add(parsed.data.id);
    questions.push(parsed.data);
  }
  if (questions.length === 0) throw new UserError(`${file} holds no question.`, { exitCode: 2 });
  return questions;
}

/** What a run is given beside the question: its own paragraphs, none that support the answer, or those of all questions. */
export const CONTROLS = ['no-support', 'pooled'] as const;
export type Control = (typeof CONTROLS)[number];

/** The documents of each question, by its id. */
export function documentsFor(questions: readonly Question[], control?: Control): Map<string, DocumentText[]> {
  if (control === 'pooled') {
    const pool = [documentOfMany(questions.flatMap(({ paragraphs }) => paragraphs))];
    return new Map(questions.map(({ id }) => [id, pool]));
  }
  return new Map(
    questions.map(({ id, decomposition, paragraphs }) => {
      const support = new Set(control === 'no-support' ? decomposition.map(({ paragraph }) => paragraph) : []);
      // A paragraph of the same words as one that supports the answer supports it too.
      const removed = new Set([...support].map((index) => paragraphs[index]?.text));
      return [id, documentsOf(paragraphs.filter(({ text }, index) => !support.has(index) && !removed.has(text)))];
    }),
  );
}

function documentsOf(paragraphs: Question['paragraphs']): DocumentText[] {
  const names = new Map<string, number>();
  return paragraphs.map(({ title, text }) => {
    const count = (names.get(title) ?? 0) + 1;
    names.set(title, count);
    return { name: count === 1 ? title : `${title} (${count})`, mediaType: 'text/plain', text };
  });
}

/** One document with a heading a paragraph: hundreds of documents would fill a run's history with references. */
function documentOfMany(paragraphs: Question['paragraphs']): DocumentText {
  const sections = new Set(
    paragraphs.map(({ title, text }) => `# ${title}\n\n${text.trim().replace(/^#/gm, ' #')}\n\n`),
  );
  return { name: 'paragraphs of all questions', mediaType: 'text/markdown', text: [...sections].join('') };
}
