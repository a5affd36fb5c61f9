/** A vote's value for a fact that the graph does not show. */
export const NOT_SHOWN = '?';

/** The facts of a vote that the graph does not show. */
export function missingFacts({ facts }: { facts: readonly { fact: string; value: string }[] }): string[] {
  return facts.filter(({ value }) => value.trim() === '' || value.trim() === NOT_SHOWN).map(({ fact }) => fact);
}

/** Votes of one kind that decide, of `votes` in all: a strict majority. */
export function majority(votes: number): number {
  return Math.floor(votes / 2) + 1;
}

/**
 * Votes to send next: as many as could decide now, and no more than are left. 0 when a value has a strict majority, when
 * none can have one any more, or when all were sent.
 *
 * @param votes how many may be sent in all
 * @param counts how often each value was voted for
 * @param sent how many were sent, lost ones included
 */
export function nextStage(votes: number, counts: readonly number[], sent: number): number {
  const leading = Math.max(0, ...counts);
  const missing = majority(votes) - leading;
  const left = votes - sent;
  return missing <= 0 || missing > left ? 0 : missing;
}
