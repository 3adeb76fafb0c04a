/** Who may read the endpoints, as the configuration says it. */
import { expect, test } from 'vitest';
import { read, SINKS, SOURCES } from './read.test.fixture.ts';

const TOKEN = 'a-token-of-enough-letters';
const BEYOND = /http\.listen {2}expected a `token` beside an address that other machines reach/;

test.each([
  ['loopback', 'listen: 127.0.0.1:1'],
  ['loopback by its name', 'listen: localhost:1'],
  ['loopback in IPv6', 'listen: "[::1]:1"'],
  ['loopback with a token', `token: ${TOKEN}`],
  ['every address with a token', `listen: 0.0.0.0:1, token: ${TOKEN}`],
  ['every address without one, on purpose', 'listen: 0.0.0.0:1, allow_unauthenticated: true'],
])('%s is taken', async (_, http) => {
  const { config } = await read(`${SOURCES}${SINKS}http: { ${http} }\n`);
  expect(config?.http).toBeDefined();
});

test.each<readonly [name: string, http: string, problem: RegExp]>([
  ['every address', 'listen: 0.0.0.0:1', BEYOND],
  ['every address in IPv6', 'listen: "[::]:1"', BEYOND],
  ['one address of this host', 'listen: 192.0.2.1:1', BEYOND],
  ['a name', 'listen: relay.example.com:1', BEYOND],
  ['a name that begins like loopback', 'listen: 127.0.0.1.example.com:1', BEYOND],
  ['with the purpose denied', 'listen: 0.0.0.0:1, allow_unauthenticated: false', BEYOND],
  ['a token that can be guessed', 'token: short', /http\.token {2}expected 16 characters or more/],
  ['a token that nobody is asked for', `token: ${TOKEN}, allow_unauthenticated: true`, /http\.allow_unauthenticated/],
])('%s is refused', async (_, http, problem) => {
  const { config, lines } = await read(`${SOURCES}${SINKS}http: { ${http} }\n`);
  expect(config).toBeUndefined();
  expect(lines.join('\n')).toMatch(problem);
  expect(lines.join('\n')).not.toContain(TOKEN);
});

test('the token is a secret: it is hidden, and warned of where it stands in plain text', async () => {
  const { secrets, lines } = await read(`${SOURCES}${SINKS}http: { token: ${TOKEN} }\n`);
  expect(secrets).toContain(TOKEN);
  expect(lines.join('\n')).toContain('warning: a secret stands here in plain text');
});
