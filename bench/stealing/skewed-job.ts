import { defineJob } from '../../src/jobs/index.ts';
import { sleepFor } from './sleep.ts';

/** Sleeps so many milliseconds in each task, and tells how long that was. */
export const skewed = defineJob<number[], number[]>({ name: 'skewed', module: import.meta.url });

export const split = (durations: number[]): number[] => durations;
export const run = (milliseconds: number): number => sleepFor(milliseconds);
export const reduce = (slept: number[]): number[] => slept;
