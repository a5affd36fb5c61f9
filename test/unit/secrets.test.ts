import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../src/config/secrets.ts';
import { spellingsOf } from '../secrets/canaries.ts';
import { SEEDED } from '../support/property.ts';

describe('withoutSecrets', () => {
  it.each([
    ...['OPENAI_API_KEY', 'TAVILY_API_KEY', 'GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'PGPASSWORD', 'SENTRY_DSN'],
    ...['AWS_SECRET_ACCESS_KEY_ID', 'KGOT_APPROVAL_WEBHOOK', 'GOOGLE_CREDENTIALS', 'npm_config_key'],
  ])('takes out what %s holds', (name) => {
    expect(withoutSecrets('say s3cr3t-value!', { [name]: 's3cr3t-value' })).toBe(`say [${name}]!`);
  });

  it.each(['PATH', 'HOME', 'KGOT_MODEL', 'TOKENIZERS_PARALLELISM', 'KEYBOARD'])(
    'leaves alone what %s holds',
    (name) => {
      expect(withoutSecrets('say s3cr3t-value!', { [name]: 's3cr3t-value' })).toBe('say s3cr3t-value!');
    },
  );

  it('takes the password out of an address, whatever the variable is called', () => {
    const env = { DATABASE_URL: 'postgres://kgot:pa55-word@db.example:5432/kgot' };
    expect(withoutSecrets('no access with pa55-word', env)).toBe('no access with [DATABASE_URL]');
    expect(withoutSecrets('postgres at db.example', env)).toBe('postgres at db.example');
  });

  it('takes out each of several keys and headers that one variable holds', () => {
    const env = {
      KGOT_ENCRYPTION_KEYS: 'new:bmV3IGtleSBvZiBvdXJz,old:b2xkIGtleSBvZiBvdXJz',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=kgot, x-api-key=pa55-word',
    };
    const text = 'bmV3IGtleSBvZiBvdXJz, b2xkIGtleSBvZiBvdXJz and pa55-word of kgot';
    expect(withoutSecrets(text, env)).toBe(
      '[KGOT_ENCRYPTION_KEYS], [KGOT_ENCRYPTION_KEYS] and [OTEL_EXPORTER_OTLP_HEADERS] of kgot',
    );
  });

  it('leaves words and numbers alone that anybody may write', () => {
    const env = { DB_PASSWORD: 'postgres', PIN_SECRET: '12345678', LOCAL_API_KEY: 'ollama', EMPTY_TOKEN: '' };
    const text = 'postgres and ollama have 12345678 users';
    expect(withoutSecrets(text, env)).toBe(text);
  });

  it('knows a secret in each of its spellings, whatever stands around it', () => {
    const secret = fc.string({ minLength: 16, maxLength: 60, unit: 'binary' });
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (secret, before, after) => {
        const env = { A_KEY: secret };
        const base64 = Buffer.from(before + secret + after).toString('base64');
        const said = [
          before + secret + after,
          JSON.stringify({ [before]: JSON.stringify(JSON.stringify({ key: JSON.stringify(secret) })) }),
          `?${encodeURIComponent(before)}=${encodeURIComponent(secret)}&${new URLSearchParams({ secret }).toString()}`,
          ...[base64, base64.replaceAll('+', '-').replaceAll('/', '_')],
        ];
        for (const text of said) {
          const clean = withoutSecrets(text, env);
          expect(clean).toContain('[A_KEY]');
          for (const spelling of Object.values(spellingsOf(secret)).flat()) expect(clean).not.toContain(spelling);
        }
      }),
      SEEDED,
    );
  });

  it('takes out the longer of two secrets of which one holds the other', () => {
    const env = { SHORT_KEY: 'abcd-1234', LONG_KEY: 'abcd-1234-efgh' };
    expect(withoutSecrets('abcd-1234-efgh and abcd-1234', env)).toBe('[LONG_KEY] and [SHORT_KEY]');
  });

  it('sees a secret that is set later', () => {
    const env: NodeJS.ProcessEnv = {};
    expect(withoutSecrets('abcd-1234', env)).toBe('abcd-1234');
    env['A_KEY'] = 'abcd-1234';
    expect(withoutSecrets('abcd-1234', env)).toBe('[A_KEY]');
  });

  it('is quick with long texts', () => {
    const env = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`A${index}_KEY`, `secret-value-${index}`]),
    );
    const started = performance.now();
    withoutSecrets('Ada Vega leads Peru, and it is said. '.repeat(100_000), env);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
