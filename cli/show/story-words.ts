import type { Spent, StoryFailure } from '../../src/client/story/story.ts';
import { counted } from '../../src/domain/text.ts';
import type { Line } from './outline.ts';
import { dollars } from './terminal.ts';

/** Empty when nothing was spent. */
export function spentText({ calls, inputTokens, outputTokens, dollars: cost, unknown }: Spent): string {
  const parts = [
    ...(calls > 0 ? [counted(calls, 'call'), `${inputTokens + outputTokens} tokens`] : []),
    ...(unknown > 0 ? [`${counted(unknown, 'request')} without an answer`] : []),
    ...(cost === null ? ['price unknown'] : calls > 0 || cost > 0 ? [dollars(cost, 0)] : []),
  ];
  return parts.join(', ');
}

export function failureLine({ type, message }: StoryFailure): Line {
  return { text: `${type}: ${shorten(message, 400)}`, tone: 'bad' };
}

/** The beginning of a text, as one line. */
export function shorten(text: string, limit: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`;
}
