export const split = (input: Map<string, string[]>) => input.get('words')!;
export const run = (word: string) => word.toUpperCase();
export const reduce = (words: string[]) => words;
