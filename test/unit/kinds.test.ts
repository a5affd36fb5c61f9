import { describe, expect, it } from 'vitest';
import { adviceOn, hosts, list, oneOf, webAddress, wholeNumber, yesOrNo } from '../../src/config/kinds.ts';

describe('a whole number', () => {
  it.each([
    ['7', 7],
    [' 7 ', 7],
    [7, 7],
    ['1', 1],
  ])('is read from %j', (given, value) => {
    expect(wholeNumber(1).parse(given)).toBe(value);
  });

  it.each(['', ' ', 'many', '1.5', '0', '-1', 'Infinity', 'NaN', null, true, [], {}, 0, 1.5])('is not %j', (given) => {
    expect(adviceOn(wholeNumber(1), given)).toBe('give a whole number from 1');
  });

  it('may have an end', () => {
    expect(adviceOn(wholeNumber(0, 65_535), '70000')).toBe('give a whole number from 0 to 65535');
  });
});

describe('several values', () => {
  it.each([
    ['a', ['a']],
    ['a, b,c', ['a', 'b', 'c']],
    [
      ['a', 'b,c'],
      ['a', 'b,c'],
    ],
  ])('are read from %j', (given, values) => {
    expect(list.parse(given)).toEqual(values);
  });

  it.each(['', ',', 'a,,b', [], [''], [1], 5, { a: 1 }])('are not %j', (given) => {
    expect(adviceOn(list, given)).toMatch(/^give (names, with commas|one at least)/);
  });
});

describe('hosts', () => {
  it.each(['a', 'a:2', ' a:2, b-1.example:16 ', './hosts', '/etc/hosts file'])('are %j', (given) => {
    expect(hosts.parse(given)).toBe(given.trim());
  });

  it.each(['a:b:c', 'a:', ':2', 'a b', 'a,,b', ','])('are not %j', (given) => {
    expect(adviceOn(hosts, given)).toBe('give hosts as a:2,b:2, or a hostfile as ./hosts');
  });
});

describe('yes or no', () => {
  it.each(['1', 'true', 'TRUE', 'on', true])('is yes as %j', (given) => expect(yesOrNo.parse(given)).toBe(true));
  it.each(['0', 'false', 'off', false])('is no as %j', (given) => expect(yesOrNo.parse(given)).toBe(false));
  it.each(['', 'yes', 'x', 1, null])('is not %j', (given) => {
    expect(adviceOn(yesOrNo, given)).toBe('give true or false');
  });
});

describe('one of several words', () => {
  it('names them all', () => {
    expect(oneOf('query', 'direct').parse('direct')).toBe('direct');
    expect(adviceOn(oneOf('query', 'direct'), 'sparql')).toBe('give query or direct');
    expect(adviceOn(oneOf('a', 'b', 'c'), 1)).toBe('give a, b or c');
  });
});

describe('a web address', () => {
  const kind = webAddress('http://127.0.0.1:8080/v1');

  it('loses the slashes at its end', () => {
    expect(kind.parse(' https://host/v1// ')).toBe('https://host/v1');
  });

  it.each(['host:80', 'file:///etc', 'nonsense', '', 7])('is not %j', (given) => {
    expect(adviceOn(kind, given)).toBe('give an address like http://127.0.0.1:8080/v1');
  });

  it('holds no password', () => {
    expect(adviceOn(kind, 'http://ada:secret@host/v1')).toBe('leave the password out of it');
  });
});
