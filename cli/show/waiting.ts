import { describeToolCall } from '../../src/domain/tools.ts';
import type { WaitingCall } from '../../src/domain/updates.ts';

/** A waiting call with all of its input: who decides must see it. */
export function waitingLine({ id, tool, input }: WaitingCall): string {
  return `${id}  ${describeToolCall({ tool, input }, Infinity)}`;
}

/** How to decide on a waiting call from another terminal. */
export function laterLine(id: string, { id: call }: WaitingCall): string {
  return `"kgot approve ${id} ${call}" lets it be made, "kgot reject ${id} ${call}" refuses it.`;
}
