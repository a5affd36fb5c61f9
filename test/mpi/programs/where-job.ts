/** Tells where its tasks run. */
import { defineJob } from '../../../src/jobs/index.ts';

export const where = defineJob<{ tasks: number }, string[]>({ name: 'where', module: import.meta.url });

export const split = ({ tasks }: { tasks: number }): number[] => Array.from({ length: tasks }, (_, index) => index);
export const run = (): string => (process.env['OMPI_COMM_WORLD_RANK'] === undefined ? 'a thread' : 'a rank');
export const reduce = (places: string[]): string[] => [...new Set(places)];
