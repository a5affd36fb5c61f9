import type { Info } from '@temporalio/activity';

/** Bytes of the names: those of as many activities as fit. */
const BYTES = 4_096;

/** An activity that has begun, and those that were over before it: by Temporal's token of the one attempt, in base64. */
export interface UnderWay {
  began: string;
  over: string[];
}

const names = new Map<object, string>();
const shared = new Uint8Array(new SharedArrayBuffer(BYTES));
let over: string[] = [];
let tell: (change: UnderWay) => void = () => undefined;

/**
 * Enters an activity as under way, until what is given is called. For the thread that watches this one, and the process that
 * started this one: when it is blocked or dead, nobody else can say by what, or what it was at.
 */
export function enterUnderWay({ activityType, base64TaskToken: token }: Info): () => void {
  const key = {};
  names.set(key, activityType);
  write();
  tell({ began: token, over });
  over = [];
  return () => {
    names.delete(key);
    write();
    // That it is over need not be known at once: what has been reported to Temporal cannot fail any more.
    over.push(token);
  };
}

/** @param listener is told of each activity that begins from now on, and replaces the one before */
export function onUnderWay(listener: (change: UnderWay) => void): void {
  tell = listener;
}

/** The types of the activities under way, as text that another thread may read at any time; it ends with a zero. */
export function underWayBuffer(): SharedArrayBuffer {
  return shared.buffer;
}

function write(): void {
  const text = Buffer.from([...new Set(names.values())].join(', ')).subarray(0, BYTES - 1);
  shared.set(text);
  shared[text.length] = 0;
}
