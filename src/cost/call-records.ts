import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { Reservation } from '../domain/activities.ts';
import type { CallKey } from '../domain/calls.ts';

export interface CallRequest {
  kind: 'model' | 'tool';
  /** A step's or a tool's name. */
  name: string;
  /** `provider:name` of the model. */
  model?: string;
  /** What is sent, without keys. */
  body: unknown;
  reservation: Reservation;
}

export interface CallResponse<T> {
  value: T;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  /** US dollars; `null` when the price is unknown. */
  dollars: number | null;
}

export declare function recordedCall<T>(
  store: ArtifactStore,
  run: string,
  key: CallKey,
  request: CallRequest,
  perform: () => Promise<CallResponse<T>>,
): Promise<T>;
