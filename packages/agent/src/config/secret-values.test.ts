import { expect, test } from 'vitest';
import { isSecret, secretsOf, secretsOfEnvironment } from './secret-values.ts';

const packed = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  'api_key',
  'app_key',
  'apikey',
  'token',
  'auth_token',
  'password',
  'redact_key',
  'client_secret',
  'bearer',
  'private_key',
  'Authorization',
  'secret_access_key',
  'connection_string',
])('%s is a secret', (key) => expect(isSecret(['sinks', 'a', key])).toBe(true));
test.each(['key', 'key_file', 'token_file', 'id', 'tags', 'password_policy', 'monkey'])('%s is none', (key) => {
  expect(isSecret(['sinks', 'a', key])).toBe(false);
});

const cases: readonly [name: string, value: string, key: string, secrets: readonly string[]][] = [
  ['a password in an address', 'https://ada:canary@host/x', 'url', ['canary', packed('ada:canary')]],
  ['one with % codes', 'http://ada:can%40ry@host', 'proxy', ['can%40ry', 'can@ry', packed('ada:can@ry')]],
  ['one with a colon or an @', 'http://ada:ca:n@ry@host', 'proxy', ['ca:n@ry', packed('ada:ca:n@ry')]],
  ['a token in the place of a user', 'https://canary@host', 'url', ['canary', packed('canary:canary')]],
  ['a proxy without its scheme', 'ada:canary@proxy:3128', 'proxy', ['canary', packed('ada:canary')]],
  ['broken % codes', 'http://ada:can%ry@host', 'url', ['can%ry', packed('ada:can%ry')]],
  ['an address of e-mail', 'support@example.com', 'name', []],
  ['an address without a user', 'https://host/a@b', 'url', []],
  ['a proxy without a user', 'proxy:3128', 'proxy', []],
];
test.each(cases)('%s', (_, value, ...[key, secrets]) => {
  expect(secretsOf(value, [key], false)).toEqual(secrets);
});

test('the passwords of the environment’s proxies', () => {
  const env = { https_proxy: 'http://ada:canary1@h', HTTP_PROXY: 'ada:canary2@h', NO_PROXY: 'a.b', PATH: 'x:y@z' };
  expect(secretsOfEnvironment(env)).toEqual(expect.arrayContaining(['canary1', 'canary2']));
  expect(secretsOfEnvironment(env)).toHaveLength(4);
});
