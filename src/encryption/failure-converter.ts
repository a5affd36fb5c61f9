import { DefaultFailureConverter } from '@temporalio/common';

/** Puts messages and stack traces of failures into a payload, which the codec encrypts. Workflows load this file too. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
