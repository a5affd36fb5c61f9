import { defineJob } from '../../src/jobs/index.ts';

export interface Argument {
  id: number;
  text: string;
}

export interface Result {
  id: number;
  length: number;
}

/** So little work that only its way there and back counts. */
export const tiny = defineJob<number, Result[]>({ name: 'tiny', module: import.meta.url });

export const argumentsOf = (count: number): Argument[] =>
  Array.from({ length: count }, (_, id) => ({ id, text: `task ${id}` }));

export const split = argumentsOf;
export const run = ({ id, text }: Argument): Result => ({ id, length: text.length });
export const reduce = (results: Result[]): Result[] => results;

/** For `piscina.run`. */
export default run;
