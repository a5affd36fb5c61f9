import type { Package } from './install.ts';

/** Where a server is, and who may enter. */
export interface Access {
  url: string;
  user?: string;
  password?: string;
}

/** Whether somebody is there, and lets us in. */
export type Answer = 'answers' | 'refuses' | 'silent';

export interface StartOptions {
  /** Its program, in the cache. */
  folder: string;
  /** Its data, settings and logs. */
  home: string;
  java: string;
  port: number;
  /** Given to a server that has users. */
  password?: string;
  signal: AbortSignal;
  /** Told of the process as soon as it is there: whoever comes after a kill must find it. */
  onSpawn: (pid: number) => void;
}

/** A server that Maven downloads and Java runs. */
export interface ServerProgram {
  title: string;
  package: Package;
  /** The one user that it has; absent where it has none. */
  user?: string;
  urlAt: (port: number) => string;
  /** What the command line of its process holds, and no other's does. */
  mark: (home: string) => string;
  /** Starts it, and waits until it can be used. @returns its process */
  start: (options: StartOptions) => Promise<number>;
  answer: (access: Access) => Promise<Answer>;
}
