import { describe, expect, test } from 'vitest';
import { read, SINKS, SOURCES } from './read.test.fixture.ts';

describe('what is valid and likely a mistake is a warning', () => {
  const source = (keys: string): string => `sources:\n  acme: { type: openai, api_key: "\${KEY}", ${keys} }\n`;
  const cases: readonly [name: string, text: string, lines: readonly RegExp[]][] = [
    [
      'a field that no record has, with the one that is meant',
      `${SOURCES}${SINKS}redact: [{ field: actor.sesion.user.email, with: drop }]\n`,
      [/^f:5:19 {2}redact\.0\.field {2}warning: no record .* {2}fix: did you mean actor\.session\.user\.email\?/],
    ],
    [
      'a field of ECS',
      `${SOURCES}${SINKS}redact: [{ field: user.email, with: drop }]\n`,
      [/did you mean actor\.session\.user\.email\? paths are those of the API's record, not of ECS/],
    ],
    [
      'a field of a payload',
      `${SOURCES}${SINKS}redact: [{ field: invite.sent.data.emial, with: drop }]\n`,
      [/did you mean invite\.sent\.data\.email\?/],
    ],
    [
      'nothing near',
      `${SOURCES}${SINKS}redact: [{ field: zzzzzzzzzz, with: drop }]\n`,
      [/fix: paths are those of the API's record/],
    ],
    [
      'a field of the other dialect alone',
      `${SOURCES}${SINKS}redact: [{ field: api_request.response, with: drop }]\n`,
      [/redact\.0\.field {2}warning: /],
    ],
    [
      'a type that is misspelt',
      `${source('event_types: [login.failed, logn.failed]')}${SINKS}`,
      [/^f:2:72 {2}sources\.acme\.event_types\.1 {2}warning: .* did you mean login\.failed\?/],
    ],
    [
      'a severity for no type',
      `${SOURCES}${SINKS}normalize: { severity: { api_key.creatd: 4 } }\n`,
      [/^f:5:26 {2}normalize\.severity\.api_key\.creatd {2}warning: .* did you mean api_key\.created\?/],
    ],
    [
      'one source twice, whatever the slash at the end of its address',
      `sources:\n  a: { type: openai, api_key: "\${KEY}" }\n  b: { type: openai, api_key: " \${KEY}", base_url: https://api.openai.com/v1/ }\n${SINKS}`,
      [/^f:3:3 {2}sources\.b {2}warning: this source has the key and the address of a: /],
    ],
    [
      'the public API without /v1',
      `${source('base_url: https://api.openai.com')}${SINKS}`,
      [/^f:2:\d+ {2}sources\.acme\.base_url {2}warning: .* {2}fix: end it with api\.openai\.com\/v1$/],
    ],
    [
      'a region of it',
      `${source('base_url: https://eu.api.openai.com/')}${SINKS}`,
      [/end it with eu\.api\.openai\.com\/v1$/],
    ],
    [
      'the whole path of the log',
      `${source('base_url: https://api.openai.com/v1/organization/audit_logs')}${SINKS}`,
      [/warning: the relay puts the path of the log .* {2}fix: end it before \/organization$/],
    ],
    [
      'half of it, elsewhere',
      `${source('base_url: https://gw.example.com/openai/organization/')}${SINKS}`,
      [/end it before \/organization$/],
    ],
    [
      'a query',
      `${source('base_url: https://gw.example.com/v1?limit=5')}${SINKS}`,
      [/warning: what follows the \? .* {2}fix: end it before the \?$/],
    ],
  ];
  test.each(cases)('%s', async (_, text, lines) => {
    const reading = await read(text);
    expect(reading.lines).toEqual(lines.map((line) => expect.stringMatching(line)));
    expect(reading.config).toBeDefined();
  });

  const known: readonly [name: string, text: string][] = [
    ['a whole part of a record', 'redact: [{ field: actor.session, with: drop }]'],
    ['the payload of a type', 'redact: [{ field: api_key.created, with: drop }]'],
    ['a payload by where some products put it', 'redact: [{ field: details.anything, with: drop }]'],
    [
      'what a type without documented payload holds',
      'redact: [{ field: tenant.metadata.updated.data.name, with: drop }]',
    ],
    [
      'what stands below the end of a documented path',
      'redact: [{ field: external_key.registered.data.x, with: drop }]',
    ],
  ];
  test.each(['https://gw.example.com/openai', 'https://api.openai.com/v1/', 'https://api.openai.com.example.com/'])(
    'but not the address %s',
    async (url) => {
      expect((await read(`${source(`base_url: "${url}"`)}${SINKS}`)).lines).toEqual([]);
    },
  );

  test.each(known)('but not %s', async (_, text) => {
    expect((await read(`${SOURCES}${SINKS}${text}\n`)).lines).toEqual([]);
  });

  test('and in the older dialect not its own fields and types', async () => {
    const text = `${source('dialect: organization_logs')}${SINKS}redact: [{ field: api_request.response, with: drop }]\nnormalize: { severity: { x.y: 2 } }\n`;
    expect((await read(text)).lines).toEqual([]);
  });
});
