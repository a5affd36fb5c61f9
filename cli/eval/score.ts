/** The usual normalisation of answers (SQuAD): lower case, no punctuation, no articles, single spaces. */
export function normalizeAnswer(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, '')
    .replace(/(?<![\p{L}\p{N}])(a|an|the)(?![\p{L}\p{M}\p{N}])/gu, ' ')
    .split(/\s+/)
    .filter(Boolean)
    .join(' ');
}

export interface Score {
  exactMatch: boolean;
  f1: number;
}

/** Exact match and F1 over tokens, the best over all accepted answers. */
export function scoreAnswer(answer: string, accepted: readonly string[]): Score {
  const scores = accepted.map((gold) => ({
    exactMatch: normalizeAnswer(answer) === normalizeAnswer(gold),
    f1: f1Of(normalizeAnswer(answer).split(' ').filter(Boolean), normalizeAnswer(gold).split(' ').filter(Boolean)),
  }));
  return { exactMatch: scores.some(({ exactMatch }) => exactMatch), f1: Math.max(0, ...scores.map(({ f1 }) => f1)) };
}

function f1Of(answer: string[], gold: string[]): number {
  if (answer.length === 0 || gold.length === 0) return answer.length === gold.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const token of gold) left.set(token, (left.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of answer) {
    const count = left.get(token) ?? 0;
    if (count === 0) continue;
    left.set(token, count - 1);
    common += 1;
  }
  if (common === 0) return 0;
  const precision = common / answer.length;
  const recall = common / gold.length;
  return (2 * precision * recall) / (precision + recall);
}
