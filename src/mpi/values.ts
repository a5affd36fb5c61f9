import { DefaultDeserializer, DefaultSerializer } from 'node:v8';
import { MpiError } from './errors.ts';

/** What a message that holds a value begins with, so that it is known from the bytes of an array. */
const MARK = Buffer.from([0x6b, 0x67, 0x6f, 0x74, 0xff, 0x76, 0x38, 0x00]);

/** A value as a message: what `structuredClone` copies can be sent. */
export function serialize(operation: string, value: unknown): Uint8Array<ArrayBuffer> {
  const serializer = new DefaultSerializer();
  serializer.writeRawBytes(MARK);
  serializer.writeHeader();
  try {
    serializer.writeValue(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MpiError({
      operation,
      errorClass: 'MPI_ERR_TYPE',
      text: `The value cannot be sent (${reason}): send what structuredClone copies.`,
      cause,
    });
  }
  return serializer.releaseBuffer();
}

/** The value of a message; of one that holds an array, its bytes. */
export function deserialize(message: Uint8Array<ArrayBuffer>): unknown {
  if (MARK.compare(message, 0, Math.min(MARK.length, message.length)) !== 0) return message;
  const deserializer = new DefaultDeserializer(message.subarray(MARK.length));
  deserializer.readHeader();
  return deserializer.readValue() as unknown;
}
