import { defineJob } from 'kgot-temporal/jobs';

/** Jobs of tests: their functions are in modules beside. */
const beside = (name: string) => defineJob({ name, module: import.meta.resolve(`./compute/${name}.ts`) });

export const jobs = ['shout', 'endless', 'waits-for', 'fails'].map(beside);
