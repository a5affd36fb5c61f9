import { existsSync, readFileSync } from 'node:fs';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { ClientConfigProfile, ClientConfigTLS, ClientConnectConfig } from '@temporalio/envconfig';
import { userPath } from './paths.ts';
import { readSetting, SettingError } from './read-setting.ts';
import { setting, SETTING_NAMES } from './settings.ts';
import type { SettingName } from './settings.ts';

type Environment = NodeJS.ProcessEnv;

/** Temporal's server, and how to reach it, for clients and workers alike. */
export interface TemporalServer {
  connection: ClientConnectConfig['connectionOptions'] & { address: string };
  namespace: string;
}

/**
 * The server that the environment or a profile of Temporal's own tools names: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
 * TEMPORAL_API_KEY, TEMPORAL_TLS and the like, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE. Variables beat the profile.
 *
 * @returns undefined when neither names an address
 * @throws {SettingError} when a variable, the file or a certificate cannot be right, naming it
 */
export function temporalServer(env: Environment = process.env): TemporalServer | undefined {
  const profile = withFiles(readProfile(env), env);
  const { connectionOptions, namespace = 'default' } = toClientOptions(profile);
  const { address } = connectionOptions;
  return address === undefined ? undefined : { connection: { ...connectionOptions, address }, namespace };
}

/** Variables of a server that are set although nothing names one. */
export function unusedTemporalSettings(env: Environment = process.env): string[] {
  const apart: SettingName[] = ['temporalConfigFile', 'temporalProfile', 'temporalAddress'];
  return SETTING_NAMES.filter((name) => !apart.includes(name))
    .map((name) => setting(name).variable)
    .filter((variable) => variable.startsWith('TEMPORAL_') && env[variable]);
}

/** What Temporal's own configuration file says, and which profile of which file that is; undefined without a file. */
export function temporalProfile(
  env: Environment = process.env,
): { profile: string; path: string; values: Map<SettingName, unknown> } | undefined {
  const named = readSetting('temporalConfigFile', env);
  const { address, namespace, apiKey, tls } = readProfile(env, { disableEnv: true });
  const values = new Map<SettingName, unknown>([
    ['temporalAddress', address],
    ['temporalNamespace', namespace],
    ['temporalApiKey', apiKey],
    ['temporalTls', tls?.disabled === undefined ? undefined : !tls.disabled],
    ['temporalTlsServerName', tls?.serverName],
  ]);
  for (const [part, path, data] of CERTIFICATES) {
    const source = tls?.[part];
    if (source === undefined) continue;
    values.set('path' in source ? path : data, 'path' in source ? source.path : source.data);
  }
  for (const [name, value] of values) if (value === undefined) values.delete(name);
  if (values.size === 0) return undefined;
  return {
    profile: readSetting('temporalProfile', env),
    path: named === undefined ? 'Temporal’s configuration file' : userPath(named, env),
    values,
  };
}

/** Parts of TLS that are files or text, and the settings that hold them. */
const CERTIFICATES = [
  ['serverCACert', 'temporalTlsCaPath', 'temporalTlsCaData'],
  ['clientCert', 'temporalTlsCertPath', 'temporalTlsCertData'],
  ['clientKey', 'temporalTlsKeyPath', 'temporalTlsKeyData'],
] as const satisfies [keyof ClientConfigTLS, SettingName, SettingName][];

function readProfile(env: Environment, options: { disableEnv?: boolean } = {}): ClientConfigProfile {
  const given = givenOnly(env);
  const file = readSetting('temporalConfigFile', env);
  if (file !== undefined) {
    const path = userPath(file, env);
    if (!existsSync(path)) {
      throw new SettingError(
        setting('temporalConfigFile').variable,
        `is ${JSON.stringify(file)}, and there is no such file: name one that is there.`,
      );
    }
    given[setting('temporalConfigFile').variable] = path;
  }
  try {
    return loadClientConfigProfile({ overrideEnvVars: given, ...options });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const missing = /^Profile '(.*)' not found/.exec(message)?.[1];
    if (missing !== undefined) {
      const from =
        file === undefined
          ? 'Temporal’s configuration file has'
          : `${given[setting('temporalConfigFile').variable]} has`;
      throw new SettingError(
        setting('temporalProfile').variable,
        `is ${JSON.stringify(missing)}, and ${from} no such profile.`,
      );
    }
    throw new SettingError('The configuration of Temporal’s tools', `cannot be read: ${message}`);
  }
}

/** The environment without empty variables, which count as none; what cannot be right is refused. */
function givenOnly(env: Environment): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [variable, value] of Object.entries(env)) {
    // An empty TEMPORAL_GRPC_META_… takes the profile's away.
    if (value !== undefined && (value !== '' || variable.startsWith('TEMPORAL_GRPC_META_'))) given[variable] = value;
  }
  for (const name of SETTING_NAMES) {
    const { variable } = setting(name);
    if (!variable.startsWith('TEMPORAL_')) continue;
    const value = readSetting(name, env);
    // Temporal's tools know 1 and true.
    if (typeof value === 'boolean') given[variable] = String(value);
  }
  return given;
}

/** The profile with its certificates read: paths are meant from where the user is. */
function withFiles(profile: ClientConfigProfile, env: Environment): ClientConfigProfile {
  const { tls } = profile;
  if (tls === undefined || tls.disabled === true) return profile;
  if ((tls.clientCert === undefined) !== (tls.clientKey === undefined)) {
    const [has, lacks] = tls.clientCert === undefined ? ['key', 'certificate'] : ['certificate', 'key'];
    const name = tls.clientCert === undefined ? 'temporalTlsCertPath' : 'temporalTlsKeyPath';
    throw new SettingError(
      'Mutual TLS',
      `has the client's ${has} and lacks its ${lacks}: set ${setting(name).variable}.`,
    );
  }
  const read: ClientConfigTLS = { ...tls };
  for (const [part, path] of CERTIFICATES) {
    const source = tls[part];
    if (source === undefined || !('path' in source)) continue;
    try {
      read[part] = { data: readFileSync(userPath(source.path, env)) };
    } catch (error) {
      throw new SettingError(
        setting(path).variable,
        `or the profile names ${source.path}, which cannot be read (${error instanceof Error ? error.message : String(error)}).`,
      );
    }
  }
  return { ...profile, tls: read };
}
