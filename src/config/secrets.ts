/** Names of variables that hold a secret: keys, tokens, passwords, and addresses that are as good as one. */
const SECRET_NAME = /(?:KEYS?|TOKENS?|SECRETS?|PASSWORDS?|PASSWD|CREDENTIALS?|WEBHOOK|DSN|HEADERS)(?:_|$)/i;

/** The password in an address, whatever the variable's name. */
const PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s:]*:([^/?#\s]+)@/i;

/** A value that nobody would write by chance: taking out `postgres` or `12345678` would spoil ordinary text. */
function isTelling(value: string): boolean {
  return value.length >= 16 || (value.length >= 8 && !/^(?:\p{L}+|\p{N}+)$/u.test(value));
}

/**
 * `text` without the secrets of an environment, in any spelling in which they may get away: as they are, escaped for JSON,
 * encoded for a URL, in Base64. Each is replaced by the name of its variable, in brackets.
 */
export function withoutSecrets(text: string, env: NodeJS.ProcessEnv = process.env): string {
  let clean = text;
  for (const [name, spellings] of secretsOf(env)) clean = clean.replace(spellings, `[${name}]`);
  return clean;
}

/** Of several keys or headers in one variable, as in `a:KEY,b:KEY` and `x-api-key=KEY`, each by itself. */
function itemsOf(value: string): string[] {
  return value.split(',').map((item) => item.replace(/^\s*[\w.-]+[:=](?=.)/, '').trim());
}

/** As found last: an environment changes seldom, and is read often. */
let known: { values: string; secrets: [name: string, spellings: RegExp][] } = { values: '', secrets: [] };

/** The longest first: one may hold another. */
function secretsOf(env: NodeJS.ProcessEnv): [name: string, spellings: RegExp][] {
  const values = Object.entries(env).flatMap(([name, value = '']): [string, string][] => {
    const secrets = SECRET_NAME.test(name) ? [value, ...itemsOf(value)] : (PASSWORD.exec(value)?.slice(1) ?? []);
    return [...new Set(secrets)].filter(isTelling).map((secret) => [name, secret]);
  });
  const key = JSON.stringify(values);
  if (key !== known.values) {
    values.sort(([, a], [, b]) => b.length - a.length);
    known = { values: key, secrets: values.map(([name, value]) => [name, spellingsOf(value)]) };
  }
  return known.secrets;
}

function spellingsOf(secret: string): RegExp {
  const encoded = [encodeURIComponent(secret.toWellFormed()), new URLSearchParams({ secret }).toString().slice(7)];
  // %2F or %2f, and either of them with the marks that only some encode.
  const inUrl = encoded.map((spelling) =>
    literal(spelling).replace(/%[0-9A-F]{2}/g, (code) => `(?:${code}|${code.toLowerCase()})`),
  );
  const inBase64s = [0, 1, 2].map((offset) => inBase64(secret, offset));
  return new RegExp([...new Set([inJson(secret), ...inUrl, ...inBase64s])].join('|'), 'g');
}

/** As it is, and escaped for JSON, however deep: JSON stands in strings of JSON. */
function inJson(secret: string): string {
  return Array.from(secret.replace(/\\+/g, '\\'), (character) => {
    if (/[\p{L}\p{N}_]/u.test(character)) return character;
    if (character === '\\') return String.raw`\\+`;
    const [, short] = /^\\([bfnrt])$/.exec(JSON.stringify(character).slice(1, -1)) ?? [];
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    const escapes = [
      ...(short === undefined ? [] : [short]),
      ...(character.length === 1 ? [hexadecimal(`u${code}`)] : []),
    ];
    return String.raw`(?:\\*${literal(character)}${escapes.map((escape) => String.raw`|\\+${escape}`).join('')})`;
  }).join('');
}

function hexadecimal(code: string): string {
  return code.replace(/(?!^)[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

/** The letters that stand for nothing but the secret, when it begins so many bytes into a group of three. */
function inBase64(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const letters = bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  return letters.replaceAll('+', '[-+]').replaceAll('/', '[/_]');
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
