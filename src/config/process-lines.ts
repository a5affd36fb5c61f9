import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * The living processes whose command line holds these whole arguments: numbers of processes are used again.
 *
 * @param among processes to look at. @default all
 */
export function processesNaming(words: string, among?: readonly number[]): number[] {
  return commandLines(among).flatMap(([pid, line]) => (`${line} `.includes(`${words} `) ? [pid] : []));
}

function commandLines(among: readonly number[] | undefined): [pid: number, line: string][] {
  if (process.platform !== 'linux') return linesOfPs(among === undefined ? ['-ax'] : ['-p', among.join(',')]);
  const pids = among ?? readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.flatMap((pid): [number, string][] => {
    try {
      return [[pid, readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]];
    } catch {
      return [];
    }
  });
}

function linesOfPs(which: string[]): [pid: number, line: string][] {
  try {
    const lines = execFileSync('ps', [...which, '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
    return lines.map((line) => [Number.parseInt(line, 10), line]);
  } catch {
    return [];
  }
}
