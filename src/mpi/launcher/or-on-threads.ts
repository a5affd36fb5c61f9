import { MpiUnavailable } from '../errors.ts';

/** Runs something on ranks; where no MPI can be had, on threads. @param onThreads is told why */
export async function orOnThreads<T>(onRanks: () => Promise<T>, onThreads: (why: string) => Promise<T>): Promise<T> {
  try {
    return await onRanks();
  } catch (error) {
    if (!(error instanceof MpiUnavailable)) throw error;
    return onThreads(error.message);
  }
}
