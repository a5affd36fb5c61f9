/**
 * - `password`, `broken`, `unreadable`, `too-large`, `bomb`, `no-text`: what the document is, whoever reads it
 * - `time`, `memory`, `crash`: what its reading came to, here and now
 */
export type DocumentProblem =
  | 'password'
  | 'broken'
  | 'unreadable'
  | 'too-large'
  | 'bomb'
  | 'no-text'
  | 'time'
  | 'memory'
  | 'crash';

/** Thrown when a document cannot be read. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  readonly problem: DocumentProblem;
  /** What is wrong, and what would be right, as it follows on the document's name: `is password-protected: …`. */
  readonly predicate: string;
  constructor(problem: DocumentProblem, predicate: string, document?: string) {
    super(`${document ?? 'The document'} ${predicate}`);
    this.problem = problem;
    this.predicate = predicate;
  }

  /** The same of a document that has this name. */
  of(document: string): DocumentError {
    return new DocumentError(this.problem, this.predicate, document);
  }

  /** Whether every other reading of the same bytes would end like this one. */
  get lasting(): boolean {
    return !['time', 'memory', 'crash'].includes(this.problem);
  }
}

export function memoryProblem(): DocumentError {
  return new DocumentError('memory', 'needs more memory to be read than it may have: split it');
}
