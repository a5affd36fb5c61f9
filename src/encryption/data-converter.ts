import { createHmac } from 'node:crypto';
import type { DataConverter } from '@temporalio/common';
import { siblingModule } from '../config/module-path.ts';
import { readSetting } from '../config/read-setting.ts';
import { EncryptionCodec } from './codec.ts';

/**
 * How clients and workers of kgot write payloads: encrypted, where KGOT_ENCRYPTION_KEYS is set, failures included. A client
 * or a worker of your own needs it too, with the same keys.
 *
 * @example
 * ```ts
 * const client = new Client({ connection, dataConverter: encryptingDataConverter() });
 * const worker = await Worker.create({ taskQueue, plugins: [new KgotPlugin()], dataConverter: encryptingDataConverter() });
 * ```
 * @throws {SettingError} when the keys cannot be right, saying why
 */
export function encryptingDataConverter(env: NodeJS.ProcessEnv = process.env): DataConverter {
  const keys = readSetting('encryptionKeys', env) ?? [];
  return {
    payloadCodecs: [new EncryptionCodec(keys)],
    ...(keys.length > 0 ? { failureConverterPath: siblingModule('./failure-converter.ts', import.meta.url) } : {}),
  };
}

/**
 * Names for content where names are not encrypted, such as ids of workflows: nobody without a key can tell whether it is
 * the content that they guess. One name a key, that of the first key first.
 *
 * @returns none when nothing is encrypted
 */
export function secretNames(content: string, env: NodeJS.ProcessEnv = process.env): string[] {
  return (readSetting('encryptionKeys', env) ?? []).map(({ bytes }) =>
    createHmac('sha256', bytes).update(content).digest('hex').slice(0, 16),
  );
}
