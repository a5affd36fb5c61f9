import { DefaultDeserializer, DefaultSerializer } from 'node:v8';

/** Views that are read do not share the memory of the whole that they were read from. */
class Reader extends DefaultDeserializer {
  _readHostObject(): ArrayBufferView {
    // Node's own, which its types do not declare.
    const view = (
      DefaultDeserializer.prototype as unknown as { _readHostObject(): ArrayBufferView }
    )._readHostObject.call(this);
    if (view.byteLength === view.buffer.byteLength) return view;
    if (Buffer.isBuffer(view)) return Buffer.from(view);
    if (view instanceof DataView)
      return new DataView(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
    const { constructor } = view as unknown as { constructor: new (content: unknown) => ArrayBufferView };
    return new constructor(view);
  }
}

/**
 * What `v8.serialize` writes: the values of a structured clone, without what can only be moved.
 *
 * @throws {Error} for what cannot be copied, saying what
 */
export function encode(value: unknown): Buffer<ArrayBuffer> {
  const writer = new DefaultSerializer();
  writer.writeHeader();
  writer.writeValue(value);
  return writer.releaseBuffer() as Buffer<ArrayBuffer>;
}

export function decode(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  reader.readHeader();
  return reader.readValue() as unknown;
}
