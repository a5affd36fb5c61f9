import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { EncryptionKey } from '../config/kinds.ts';

const { Payload: PayloadProto } = proto.temporal.api.common.v1;

/** Metadata of an encrypted payload, as Temporal's own samples name it. */
const ENCODING = 'encoding';
const ENCRYPTED = Buffer.from('binary/encrypted');
const KEY_ID = 'encryption-key-id';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Thrown when a payload cannot be decrypted. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';
  /** Of the key that it was encrypted with. */
  readonly keyId: string;
  constructor(keyId: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.keyId = keyId;
  }
}

/**
 * Encrypts whole payloads with AES-256-GCM: the first key encrypts, all decrypt, so that keys can be changed. The data is
 * nonce, ciphertext and tag. Payloads that are not encrypted are read as they are; without keys nothing is encrypted, and
 * what is encrypted is an error that names its key.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #keys: ReadonlyMap<string, EncryptionKey>;
  readonly #first: EncryptionKey | undefined;

  constructor(keys: readonly EncryptionKey[]) {
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#first = keys[0];
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    const key = this.#first;
    return Promise.resolve(key === undefined ? payloads : payloads.map((payload) => encrypt(payload, key)));
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads.map((payload) => (isEncrypted(payload) ? this.#decrypt(payload) : payload)));
  }

  #decrypt({ metadata, data }: Payload): Payload {
    const id = Buffer.from(metadata?.[KEY_ID] ?? []).toString();
    const key = this.#keys.get(id);
    if (key === undefined) {
      const known = this.#keys.size === 0 ? 'is not set' : `has only ${[...this.#keys.keys()].join(', ')}`;
      throw new DecryptionError(
        id,
        `The payload is encrypted with the key ${JSON.stringify(id)}, and KGOT_ENCRYPTION_KEYS ${known}: add ${id}:KEY to it, in the environment of this process.`,
      );
    }
    try {
      const bytes = Buffer.from(data ?? []);
      const decipher = createDecipheriv(CIPHER, key.bytes, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      return PayloadProto.decode(plain);
    } catch (error) {
      throw new DecryptionError(
        id,
        `The payload cannot be decrypted with the key ${JSON.stringify(id)}: KGOT_ENCRYPTION_KEYS holds another key under that id than it was encrypted with, or the payload was changed.`,
        error,
      );
    }
  }
}

function encrypt(payload: Payload, { id, bytes }: EncryptionKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, bytes, nonce, { authTagLength: TAG_BYTES });
  const plain = PayloadProto.encode(payload).finish();
  return {
    metadata: { [ENCODING]: ENCRYPTED, [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
  };
}

function isEncrypted({ metadata }: Payload): boolean {
  const encoding = metadata?.[ENCODING];
  return encoding != null && ENCRYPTED.equals(encoding);
}
