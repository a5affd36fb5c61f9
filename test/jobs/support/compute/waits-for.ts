import { existsSync } from 'node:fs';

export const split = (file: string) => ['here', file];

export async function run(file: string): Promise<string> {
  if (file === 'here') return 'gone on';
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
  return 'gone on';
}

export const reduce = ([result]: string[]) => result;
