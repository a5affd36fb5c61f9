import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageAddress } from '../../src/tools/web/page-address.ts';
import { isPublicAddress } from '../../src/tools/web/public-address.ts';
import { SEEDED } from '../support/property.ts';

/** IANA's registry of special addresses (RFC 6890 and later), and multicast. */
const SPECIAL_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
].map(rangeV4);

/** Of what lies inside of 2000::/3. */
const SPECIAL_V6: [prefix: bigint, bits: number][] = [
  [0x2001_0000n << 96n, 23],
  [0x2001_0db8n << 96n, 32],
  [0x2002_0000n << 96n, 16],
  [0x2620_004f_8000n << 80n, 48],
  [0x3fff_0000n << 96n, 20],
];

function rangeV4(range: string): { base: number; size: number } {
  const [address, bits] = range.split('/');
  const base = address!.split('.').reduce((number, part) => number * 256 + Number(part), 0);
  return { base, size: 2 ** (32 - Number(bits)) };
}

const v4 = (number: number): string => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

function v6(number: bigint): string {
  const hex = number.toString(16).padStart(32, '0');
  return hex.match(/.{4}/g)!.join(':');
}

const anyV4 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyV6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

describe('an IPv4 address', () => {
  it('is public exactly where no special range holds it', () => {
    const near = fc
      .tuple(fc.constantFrom(...SPECIAL_V4), fc.integer({ min: -2, max: 2 }), fc.boolean())
      .map(([{ base, size }, offset, atEnd]) => (base + (atEnd ? size : 0) + offset + 2 ** 32) % 2 ** 32);
    fc.assert(
      fc.property(fc.oneof(anyV4, near), (number) => {
        const special = SPECIAL_V4.some(({ base, size }) => number >= base && number < base + size);
        expect(isPublicAddress(v4(number)), v4(number)).toBe(!special);
      }),
      { ...SEEDED, numRuns: 2_000 },
    );
  });

  it('is never public inside of an IPv6 address', () => {
    fc.assert(
      fc.property(anyV4, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (number, rest) => {
        const embedded = BigInt(number);
        const forms = [
          embedded,
          (0xffffn << 32n) | embedded,
          (0xffff_0000n << 32n) | embedded,
          (0x64_ff9bn << 96n) | embedded,
          (0x64_ff9b_0001n << 80n) | embedded,
          (0x2002n << 112n) | (embedded << 80n) | rest,
          (0x2001_0000n << 96n) | (embedded << 64n) | rest,
        ];
        for (const form of forms) expect(isPublicAddress(v6(form)), v6(form)).toBe(false);
        expect(isPublicAddress(`::ffff:${v4(number)}`)).toBe(false);
      }),
      SEEDED,
    );
  });
});

describe('an IPv6 address', () => {
  it('is public exactly where it is given out, and no special range holds it', () => {
    const inSpecial = fc
      .tuple(fc.constantFrom(...SPECIAL_V6), anyV6)
      .map(([[prefix, bits], rest]) => prefix | (rest % 2n ** BigInt(128 - bits)));
    const givenOut = anyV6.map((number) => (1n << 125n) | (number % 2n ** 125n));
    fc.assert(
      fc.property(fc.oneof(anyV6, givenOut, inSpecial), (number) => {
        const special = SPECIAL_V6.some(
          ([prefix, bits]) => number >> BigInt(128 - bits) === prefix >> BigInt(128 - bits),
        );
        expect(isPublicAddress(v6(number)), v6(number)).toBe(number >> 125n === 1n && !special);
      }),
      { ...SEEDED, numRuns: 2_000 },
    );
  });
});

describe('what is no address', () => {
  it.each(['', 'localhost', 'fe80::1%eth0', '127.0.0.1:80', '[::1]'])('%s is not public', (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });
});

describe('pageAddress', () => {
  const none = new Set<string>();

  it.each([
    // Every spelling of 127.0.0.1 that the URL parser knows.
    ...['http://127.0.0.1/', 'http://127.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://0x7f.1/'],
    ...['http://0177.0.0.1/', 'http://127.0.0.1./', 'http://①②⑦.⓪.⓪.①/', 'http://127。0。0。1/', 'http://%31%32%37.1/'],
    ...['http://0/', 'http://0.0.0.0/', 'http://10.1.2.3/', 'http://172.31.0.1/', 'http://192.168.0.1/'],
    ...['http://100.64.0.1/', 'http://169.254.169.254/latest/meta-data/', 'http://198.18.0.1/', 'http://224.0.0.1/'],
    ...['http://255.255.255.255/', 'https://[::1]/', 'https://[::]/', 'https://[fe80::1]/', 'https://[fd00:ec2::254]/'],
    ...['https://[ff02::1]/', 'https://[fec0::1]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:a9fe:a9fe]/'],
    ...['https://[::127.0.0.1]/', 'https://[64:ff9b::169.254.169.254]/', 'https://[2002:7f00:1::]/'],
    ...['https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/', 'https://[100::1]/', 'https://[2001:db8::1]/'],
  ])('refuses %s', (address) => {
    expect(() => pageAddress(address, none)).toThrow(/is refused: it is not on the public internet/);
  });

  it.each([
    ['file:///etc/passwd', /only http and https/],
    ['ftp://example.org/', /only http and https/],
    ['javascript:alert(1)', /only http and https/],
    ['data:text/html,x', /only http and https/],
    ['view-source:http://example.org', /only http and https/],
    ['example.org/page', /is no address: give one as https/],
    ['//example.org/', /is no address/],
    ['', /is no address/],
    ['http://me:secret@example.org/', /The address of example\.org is refused: it holds a name or password/],
    ['http://me@example.org/', /name or password/],
    ['http://example.org:22/', /only the ports 80 and 443/],
    ['http://example.org:8080/', /only the ports 80 and 443/],
    ['https://8.8.8.8:53/', /only the ports 80 and 443/],
  ])('refuses %j, saying why', (address, why) => {
    expect(() => pageAddress(address, none)).toThrow(why);
    expect(() => pageAddress(address, none)).not.toThrow(/secret/);
  });

  it.each([
    ['http://example.org', 'http://example.org/'],
    [' https://Example.org:443/a?b#c ', 'https://example.org/a?b'],
    ['http://example.org:443/', 'http://example.org:443/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('takes %j as %s', (address, href) => {
    expect(pageAddress(address, none).href).toBe(href);
  });

  it('lets through what is allowed, at exactly its port', () => {
    const allowed = new Set(['127.0.0.1:8080', '[::1]:80', 'wiki.corp:8443']);
    for (const address of [
      'http://127.0.0.1:8080/a',
      'http://2130706433:8080/',
      'http://[::1]/',
      'https://wiki.corp:8443',
    ]) {
      expect(pageAddress(address, allowed)).toBeInstanceOf(URL);
    }
    for (const address of [
      'http://127.0.0.1:8081/',
      'http://127.0.0.1/',
      'https://[::1]/',
      'https://a.wiki.corp:8443',
    ]) {
      expect(() => pageAddress(address, allowed)).toThrow(/is refused/);
    }
  });
});
