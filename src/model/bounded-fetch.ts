/** Bytes of one answer at most: far more than any answer has, and few enough to be held in memory for many calls at once. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Thrown while an answer is read that goes on beyond the bound. */
export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
  constructor() {
    super(`an answer of more than ${MOST_BYTES / 1024 / 1024} MiB, and was read no further`);
  }
}

/** `fetch` that reads no answer further than a bound, as one that does not end would fill the worker's memory. */
export async function boundedFetch(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  if (response.body === null) return response;
  let bytes = 0;
  const bounded = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(part, controller) {
        bytes += part.byteLength;
        if (bytes <= MOST_BYTES) controller.enqueue(part);
        else controller.error(new AnswerTooLongError());
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new Response(bounded, { status, statusText, headers });
}
