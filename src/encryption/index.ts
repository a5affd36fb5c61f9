export { DecryptionError, EncryptionCodec } from './codec.ts';
export { encryptingDataConverter } from './data-converter.ts';
export { SettingError } from '../config/read-setting.ts';
export type { EncryptionKey } from '../config/kinds.ts';
