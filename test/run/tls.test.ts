import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { countryQuestions } from '../../bench/country-questions.ts';
import { connectTo } from '../../cli/runtime/connection.ts';
import type { TemporalServer } from '../../src/config/temporal.ts';
import { authority } from '../support/certificates.ts';
import type { Authority, Certificate } from '../support/certificates.ts';
import { kgot } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';
import { oneFact, openStack, peru } from '../support/stack.ts';
import { startForeignServer } from '../../bench/foreign-server.ts';
import { tlsProxy } from '../support/tls-proxy.ts';
import type { TlsProxy } from '../support/tls-proxy.ts';

/** A real server, behind TLS: for anybody, for clients with a certificate of its authority, and for those with a key. */
let folder: string;
let server: Awaited<ReturnType<typeof startForeignServer>>;
let ours: Authority;
let open: TlsProxy;
let mutual: TlsProxy;
let keyed: TlsProxy;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kgot-tls-'));
  server = await startForeignServer(['--namespace', 'team']);
  ours = await authority('ours');
  const own = await ours.sign('server');
  const certificates = { 'ca.pem': ours.cert, ...pair('client', await ours.sign('client')) };
  for (const [name, text] of Object.entries(certificates)) writeFileSync(join(folder, name), text);
  const asking = { ca: [ours.cert], requestCert: true, rejectUnauthorized: true };
  const upstream = server.address;
  open = await tlsProxy({ ...own, upstream });
  mutual = await tlsProxy({ ...own, ...asking, upstream });
  keyed = await tlsProxy({ ...own, ...asking, upstream, apiKey: 'the-key' });
});
afterAll(async () => {
  for (const proxy of [open, mutual, keyed]) await proxy?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const pair = (name: string, { cert, key }: Certificate) => ({ [`${name}.pem`]: cert, [`${name}.key`]: key });

it(
  'answers a question over mutual TLS, with an API key, in a namespace of a profile',
  { timeout: 240_000 },
  async () => {
    const profiles = `
    [profile.team]
    address = "${keyed.address}"
    namespace = "team"
    api_key = "the-key"
    [profile.team.tls]
    server_ca_cert_path = "${join(folder, 'ca.pem')}"
    client_cert_path = "${join(folder, 'client.pem')}"
    client_key_path = "${join(folder, 'client.key')}"`;
    writeFileSync(join(folder, 'temporal.toml'), profiles);
    vi.stubEnv('TEMPORAL_CONFIG_FILE', join(folder, 'temporal.toml'));
    vi.stubEnv('TEMPORAL_PROFILE', 'team');
    onTestFinished(() => void vi.unstubAllEnvs());
    const stack = await openStack();
    onTestFinished(() => stack.close());
    stack.play(oneFact);
    const handle = await stack.start(peru);
    expect(await handle.result()).toMatchObject({ answer: 'Ada Vega', endReason: 'solved' });
    expect(stack.runtime).toMatchObject({ external: true, namespace: 'team', address: keyed.address });

    // Client and worker: all of it went that way.
    const paths = new Set(keyed.calls.map(({ path }) => path.split('/').at(-1)));
    for (const path of ['StartWorkflowExecution', 'PollWorkflowTaskQueue', 'RespondActivityTaskCompleted']) {
      expect(paths).toContain(path);
    }
    expect(new Set(keyed.calls.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer the-key']));
  },
);

it('serves, lists and evaluates with the variables that Temporal’s tools read', { timeout: 240_000 }, async () => {
  const here = temporaryFolder();
  const env = {
    TEMPORAL_API_KEY: 'the-key',
    TEMPORAL_NAMESPACE: 'team',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'ca.pem'),
    TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'client.pem'),
    TEMPORAL_TLS_CLIENT_KEY_PATH: join(folder, 'client.key'),
  };
  const worker = kgot(['worker', '--queue', 'kgot-graph', '--address', keyed.address], { folder: here, env });
  await worker.until(`Serving kgot-graph of ${keyed.address}`);
  const list = kgot(['list', '--json', '--address', keyed.address], { folder: here, env });
  expect(await list.ended, list.stderr).toBe(0);
  expect(JSON.parse(list.stdout)).toHaveProperty('runs');
  const question = countryQuestions()[0]!;
  writeFileSync(join(here, 'questions.jsonl'), `${JSON.stringify(question)}\n`);
  const asked = ['eval', 'questions.jsonl', '--model', 'oracle', '--json', '--address', keyed.address];
  const evaluation = kgot(asked, { folder: here, env });
  expect(await evaluation.ended, evaluation.stderr).toBe(0);
  expect(JSON.parse(evaluation.stdout)).toMatchObject({ questions: 1, exactMatch: 1 });
  process.kill(-worker.child.pid!, 'SIGINT');
  expect(await worker.ended, worker.stderr).toBe(0);
});

it('shows which profile says what', async () => {
  writeFileSync(
    join(folder, 'shown.toml'),
    '[profile.p]\naddress = "host:1"\nnamespace = "team"\napi_key = "hidden"\n',
  );
  const env = { TEMPORAL_CONFIG_FILE: join(folder, 'shown.toml'), TEMPORAL_PROFILE: 'p', TEMPORAL_NAMESPACE: 'mine' };
  const config = kgot(['config'], { folder, env });
  expect(await config.ended, config.stderr).toBe(0);
  expect(config.stdout).toMatch(/temporalAddress +host:1 +profile p in .*shown\.toml/);
  expect(config.stdout).toMatch(/temporalNamespace +mine +environment TEMPORAL_NAMESPACE/);
  expect(config.stdout).toMatch(/temporalApiKey +set +profile p in/);
  expect(config.stdout).not.toContain('hidden');
});

describe('a server that cannot be reached', () => {
  type Case = [string, () => Promise<TemporalServer['connection']>, string | RegExp];
  const trusted = (): { serverRootCACertificate: Buffer } => ({ serverRootCACertificate: Buffer.from(ours.cert) });
  const client = ({ cert, key }: Certificate) => ({
    clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) },
  });

  it.each<Case>([
    [
      'signed by another authority',
      async () => ({
        address: open.address,
        tls: { serverRootCACertificate: Buffer.from((await authority('another')).cert) },
      }),
      'its certificate is signed by no authority that is trusted here (UNABLE_TO_VERIFY_LEAF_SIGNATURE): name its authority with TEMPORAL_TLS_SERVER_CA_CERT_PATH.',
    ],
    [
      'signed by an authority that the system does not know',
      async () => ({ address: open.address, tls: true }),
      'its certificate is signed by no authority that is trusted here',
    ],
    [
      'with a certificate of another name',
      async () => ({ address: open.address, tls: { ...trusted(), serverNameOverride: 'elsewhere.example' } }),
      'its certificate is for other names (DNS:localhost, IP Address:127.0.0.1): set TEMPORAL_TLS_SERVER_NAME',
    ],
    [
      'that wants a certificate of the client',
      async () => ({ address: mutual.address, tls: trusted() }),
      'it wants a certificate of the client: set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
    ],
    [
      'that wants another certificate of the client',
      async () => ({
        address: mutual.address,
        tls: { ...trusted(), ...client(await (await authority('another')).sign('client')) },
      }),
      'it refuses the client’s certificate: is it signed by the authority that the server trusts?',
    ],
    [
      'with a certificate and the key of another',
      async () => ({
        address: mutual.address,
        tls: { ...trusted(), ...client({ ...(await ours.sign('client')), key: ours.key }) },
      }),
      'the certificates cannot be read (',
    ],
    [
      'that speaks TLS where none is configured',
      async () => ({ address: open.address }),
      'what listens there hangs up, as servers with TLS do: set TEMPORAL_TLS=true',
    ],
    [
      'that speaks no TLS where it is configured',
      async () => ({ address: server.address, tls: true }),
      'what listens there speaks no TLS: leave the settings of TLS and the API key out, or set TEMPORAL_TLS=false.',
    ],
    [
      'where nothing listens',
      async () => ({ address: '127.0.0.1:1' }),
      'Temporal cannot be reached at 127.0.0.1:1: nothing listens there: is the server running, and TEMPORAL_ADDRESS right?',
    ],
    [
      'of no host',
      async () => ({ address: 'nowhere.invalid:7233' }),
      /Temporal cannot be reached at nowhere\.invalid:7233: (there is no host|the name) nowhere\.invalid/,
    ],
  ])('%s says so', async (_, connection, message) => {
    await expect(connectTo({ connection: await connection(), namespace: 'default' }, { patience: 1 })).rejects.toThrow(
      message,
    );
  });

  it('because of its key says so', async () => {
    const connection = { address: keyed.address, tls: { ...trusted(), ...client(await ours.sign('client')) } };
    const message = `Temporal at ${keyed.address} refuses the credentials (Request unauthorized.): is TEMPORAL_API_KEY set and right?`;
    await expect(connectTo({ connection, namespace: 'team' })).rejects.toThrow(message);
    await expect(connectTo({ connection: { ...connection, apiKey: 'no' }, namespace: 'team' })).rejects.toThrow(
      message,
    );
    await (await connectTo({ connection: { ...connection, apiKey: 'the-key' }, namespace: 'team' })).close();
  });

  it('because of its namespace says so, with the command that makes it', async () => {
    await expect(connectTo({ connection: { address: server.address }, namespace: 'gone' })).rejects.toThrow(
      `Temporal at ${server.address} has no namespace gone: set TEMPORAL_NAMESPACE to one that it has, or make it with "temporal operator namespace create --namespace gone".`,
    );
  });

  it.each<[string[], Record<string, string>, string]>([
    [['worker', '--namespace', 'gone'], {}, 'has no namespace gone'],
    [
      ['list'],
      { TEMPORAL_PROFILE: 'gone' },
      'TEMPORAL_PROFILE is "gone", and Temporal’s configuration file has no such',
    ],
    [['list'], { TEMPORAL_TLS: 'true' }, 'speaks no TLS'],
  ])('is an error of kgot %j with %j', async (args, env, message) => {
    const command = kgot(args, { folder: temporaryFolder(), env: { TEMPORAL_ADDRESS: server.address, ...env } });
    expect(await command.ended).toBeGreaterThan(0);
    expect(command.stderr).toContain(message);
    expect(command.stdout).toBe('');
  });
});
