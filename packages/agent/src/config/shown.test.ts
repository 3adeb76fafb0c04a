/** What the status page shows of a configuration: enough to see what runs, and no secret in any place where one may stand. */
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { HIDDEN, shownConfiguration } from './shown.ts';

const shown = (text: string): string => shownConfiguration(parseDocument(text));

test('shows what runs, in order, without comments', () => {
  const text = `# a note: sk-admin-1234567890
name: relay
sources: { acme: { type: openai, api_key: "\${OPENAI_ADMIN_KEY}", poll_interval: 30s } }
sinks:
  siem: { type: splunk-hec, url: "https://splunk.example.com:8088", token: "\${file:/run/secrets/hec}", index: security }
`;
  expect(shown(text)).toBe(`name: relay
sources:
  acme:
    type: openai
    api_key: \${OPENAI_ADMIN_KEY}
    poll_interval: 30s
sinks:
  siem:
    type: splunk-hec
    url: https://splunk.example.com:8088
    token: \${file:/run/secrets/hec}
    index: security
`);
});

/** Each holds the canary once. */
const PLACES: readonly (readonly [name: string, text: string])[] = [
  ['a key in plain text', 'sources: { acme: { type: openai, api_key: canary-1234 } }'],
  ['a key among other text', 'sources: { acme: { type: openai, api_key: "canary-1234${REST}" } }'],
  ['a key behind a variable', 'sources: { acme: { type: openai, api_key: "${A}canary-1234" } }'],
  ['a key in the braces of a variable', 'sources: { acme: { type: openai, api_key: "${canary-1234}" } }'],
  ['the default of a variable', 'sources: { acme: { type: openai, api_key: "${KEY:-canary-1234}" } }'],
  ['the default of a variable behind another', 'sinks: { s: { type: splunk-hec, token: "${A}${B:-canary-1234}" } }'],
  [
    'a secret that is a number',
    'sinks: { s: { type: splunk-hec, token: 12341234 } }'.replace('12341234', '"canary-1234"'),
  ],
  ['a list of secrets', 'sinks: { s: { type: splunk-hec, token: [canary-1234] } }'],
  ['what stands below the key of a secret', 'sinks: { s: { type: kafka, password: { value: canary-1234 } } }'],
  ['the password of an address', 'sources: { acme: { type: openai, proxy: "http://user:canary-1234@proxy:3128" } }'],
  ['the query of an address', 'sinks: { s: { type: splunk-hec, url: "https://h.example.com/x?key=canary-1234" } }'],
  [
    'the query of an address that goes on behind a line break',
    'sinks: { s: { type: splunk-hec, url: "https://h.example.com/x?key=canary-1234\\u2028" } }',
  ],
  ['a key of the maker’s own form in a strange place', 'name: "sk-admin-canary-1234"'],
  ['the key for hashes', 'redact_key: canary-1234'],
  ['the token of the port', 'http: { token: canary-1234-canary-1234 }'],
  [
    'any text of a sink by somebody else',
    'sinks: { s: { type: "@corp/sink-chat", hook: "https://chat/canary-1234" } }',
  ],
  [
    'a list in a sink by somebody else',
    'sinks: { s: { type: ./sink.js, headers: [{ name: X, value: canary-1234 }] } }',
  ],
  ['a comment', 'name: relay # canary-1234'],
  ['an anchor that is used elsewhere', 'x: &a { api_key: canary-1234 }\nsources: { acme: *a }'],
];

describe('does not show', () => {
  test.each(PLACES)('%s', (_, text) => {
    expect(text).toContain('canary-1234');
    expect(shown(text)).not.toContain('canary');
    expect(shown(text)).not.toBe('');
  });
});

test('of a variable with a default it shows the name', () => {
  const text =
    'sources: { acme: { type: openai, api_key: "${KEY:-x}", base_url: "${URL:-https://api.example.com/v1}" } }';
  expect(shown(text)).toContain('api_key: ${KEY:-[hidden]}');
  expect(shown(text)).toContain('base_url: ${URL:-https://api.example.com/v1}');
});

test('a secret that is a number is hidden too', () => {
  expect(shown('sinks: { s: { type: splunk-hec, token: 12345678 } }')).toContain(`token: "${HIDDEN}"`);
});

test('of a sink by somebody else, it shows what the lane reads and every value that is no text', () => {
  const text =
    'sinks: { s: { type: ./sink.js, format: ocsf, when: \'event.action == "x"\', port: 12, hook: abc, key: "${K}" } }';
  const lines = shown(text)
    .split('\n')
    .map((line) => line.trim());
  expect(lines).toEqual(
    expect.arrayContaining(['type: ./sink.js', 'format: ocsf', 'port: 12', `hook: "${HIDDEN}"`, 'key: ${K}']),
  );
});

test.each([
  ['', ''],
  ['a: *none', ''],
])('%j makes no tree', (text, empty) => {
  expect(shown(text)).toBe(empty);
});
