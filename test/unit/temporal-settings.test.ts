import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SettingError } from '../../src/config/read-setting.ts';
import { temporalProfile, temporalServer, unusedTemporalSettings } from '../../src/config/temporal.ts';
import { temporaryFolder } from '../support/folders.ts';

const PROFILES = `
[profile.default]
address = "usual:7233"

[profile.cloud]
address = "cloud:7233"
namespace = "team"
api_key = "key-of-the-profile"

[profile.cloud.tls]
server_name = "cloud.example"
client_cert_path = "client.pem"
client_key_path = "client.key"
`;

/** A user's folder with Temporal's own configuration, and certificates. */
function home(variables: Record<string, string> = {}): { folder: string; env: Record<string, string> } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'temporalio'));
  writeFileSync(join(folder, 'temporalio', 'temporal.toml'), PROFILES);
  for (const name of ['ca.pem', 'client.pem', 'client.key']) writeFileSync(join(folder, name), `text of ${name}`);
  return { folder, env: { XDG_CONFIG_HOME: folder, HOME: folder, INIT_CWD: folder, ...variables } };
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe('Temporal’s server', () => {
  it('is nobody’s where nothing names one', () => {
    const { folder } = home();
    expect(temporalServer({ HOME: folder, INIT_CWD: folder })).toBeUndefined();
    expect(temporalServer({ HOME: folder, TEMPORAL_NAMESPACE: 'team' })).toBeUndefined();
  });

  it('is that of the default profile, unless another is named', () => {
    expect(temporalServer(home().env)).toMatchObject({ connection: { address: 'usual:7233' }, namespace: 'default' });
    expect(temporalServer(home({ TEMPORAL_PROFILE: 'cloud' }).env)).toEqual({
      namespace: 'team',
      connection: {
        address: 'cloud:7233',
        apiKey: 'key-of-the-profile',
        metadata: undefined,
        tls: {
          serverNameOverride: 'cloud.example',
          serverRootCACertificate: undefined,
          clientCertPair: { crt: bytes('text of client.pem'), key: bytes('text of client.key') },
        },
      },
    });
  });

  it('is that of variables, which beat the profile; paths are meant from where the user is', () => {
    const { env } = home({
      TEMPORAL_PROFILE: 'cloud',
      TEMPORAL_ADDRESS: 'mine:7233',
      TEMPORAL_API_KEY: 'key-of-the-environment',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'ca.pem',
      TEMPORAL_GRPC_META_TEAM: 'blue',
    });
    const { connection, namespace } = temporalServer(env)!;
    expect(namespace).toBe('team');
    expect(connection).toMatchObject({ address: 'mine:7233', apiKey: 'key-of-the-environment' });
    expect(connection.metadata).toEqual({ team: 'blue' });
    expect(connection.tls).toMatchObject({ serverRootCACertificate: bytes('text of ca.pem') });
  });

  it('has TLS with an API key, or when it is told to, and none when told not to', () => {
    const tls = (variables: Record<string, string>) =>
      temporalServer({ TEMPORAL_ADDRESS: 'host:1', ...variables })!.connection.tls;
    expect(tls({})).toBeUndefined();
    expect(tls({ TEMPORAL_API_KEY: 'key' })).toBe(true);
    expect(tls({ TEMPORAL_TLS: 'on' })).toBeTruthy();
    expect(tls({ TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: 'key' })).toBe(false);
  });

  it('takes empty variables, as a compose file hands them on, for none', () => {
    const empty = { TEMPORAL_API_KEY: '', TEMPORAL_NAMESPACE: '', TEMPORAL_TLS: '', TEMPORAL_PROFILE: '' };
    const { env } = home({ TEMPORAL_ADDRESS: 'host:1', TEMPORAL_CONFIG_FILE: '', ...empty });
    const { connection, namespace } = temporalServer(env)!;
    expect({ namespace, tls: connection.tls, key: connection.apiKey }).toEqual({ namespace: 'default' });
    expect(temporalServer({ ...env, TEMPORAL_ADDRESS: '' })!.connection.address).toBe('usual:7233');
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a profile',
      { TEMPORAL_PROFILE: 'prod' },
      'TEMPORAL_PROFILE is "prod", and Temporal’s configuration file has no such',
    ],
    ['a file', { TEMPORAL_CONFIG_FILE: 'gone.toml' }, 'TEMPORAL_CONFIG_FILE is "gone.toml", and there is no such file'],
    [
      'the profile of a named file',
      { TEMPORAL_CONFIG_FILE: 'temporalio/temporal.toml', TEMPORAL_PROFILE: 'prod' },
      'temporal.toml has no such profile',
    ],
    [
      'a certificate',
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'gone.pem' },
      'TEMPORAL_TLS_SERVER_CA_CERT_PATH or the profile',
    ],
    [
      'the key of a certificate',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: 'client.pem' },
      "Mutual TLS has the client's certificate and lacks its key: set TEMPORAL_TLS_CLIENT_KEY_PATH.",
    ],
    ['sense of an address', { TEMPORAL_ADDRESS: 'https://host' }, 'give it as host:port, like 127.0.0.1:7233'],
    ['sense of a switch', { TEMPORAL_TLS: 'perhaps' }, 'TEMPORAL_TLS is "perhaps": give true or false.'],
  ])('that lacks %s is an error that names it', (_, variables, message) => {
    const { env } = home(variables);
    expect(() => temporalServer(env)).toThrow(SettingError);
    expect(() => temporalServer(env)).toThrow(message);
  });

  it('has a file of its own that cannot be read', () => {
    const { folder, env } = home();
    writeFileSync(join(folder, 'temporalio', 'temporal.toml'), 'profile = [');
    expect(() => temporalServer(env)).toThrow(/^The configuration of Temporal’s tools cannot be read: /);
  });
});

it('names the variables that nothing uses without an address', () => {
  const env = { TEMPORAL_NAMESPACE: 'team', TEMPORAL_API_KEY: 'x', TEMPORAL_PROFILE: 'p', TEMPORAL_TLS: '' };
  expect(unusedTemporalSettings(env)).toEqual(['TEMPORAL_NAMESPACE', 'TEMPORAL_API_KEY']);
});

it('tells what a profile says by itself', () => {
  const { env } = home({ TEMPORAL_PROFILE: 'cloud', TEMPORAL_ADDRESS: 'mine:1' });
  const { profile, values } = temporalProfile(env)!;
  expect(profile).toBe('cloud');
  expect(Object.fromEntries(values)).toEqual({
    temporalAddress: 'cloud:7233',
    temporalNamespace: 'team',
    temporalApiKey: 'key-of-the-profile',
    temporalTlsServerName: 'cloud.example',
    temporalTlsCertPath: 'client.pem',
    temporalTlsKeyPath: 'client.key',
  });
});
