/** A secret that stands in the wrong place, or in the right one with something wrong beside it, is in no message. */
import { expect, test } from 'vitest';
import { folder, read, SINKS, SOURCES } from './read.test.fixture.ts';

const SECRET = 'sk-admin-Canary7f3a';
const source = (text: string): string => `${SINKS}sources:\n  acme:\n    type: openai\n    ${text}\n`;
const sink = (text: string): string => `${SOURCES}sinks:\n  disk: { type: file, path: a, ${text} }\n`;

const mistakes: readonly [name: string, text: string][] = [
  ['no colon', source(`api_key ${SECRET}`)],
  ['no space after the colon', source(`api_key:${SECRET}`)],
  ['a list', source(`api_key: [${SECRET}]`)],
  ['a map', source(`api_key: { value: ${SECRET} }`)],
  ['a quote that is not closed', source(`api_key: "${SECRET}`)],
  ['something behind the quotes', source(`api_key: "${SECRET}" x`)],
  ['a quote within', source(`api_key: ${SECRET}"`)],
  ['a word before it', source(`api_key: Bearer ${SECRET}`)],
  ['a space within', source(`api_key: ${SECRET} ${SECRET}`)],
  ['a character of no width', source(`api_key: ${SECRET}\u200b${SECRET}`)],
  ['an alias', source(`api_key: *${SECRET}`)],
  ['an anchor', source(`api_key: &${SECRET}`)],
  ['a type', source(`api_key: !${SECRET}`)],
  ['a directive', `%${SECRET}\n${source('api_key: a')}`],
  ['the key between the braces', source(`api_key: \${${SECRET}}`)],
  ['the same, without the last brace', source(`api_key: \${${SECRET}`)],
  ['the same, quoted in { }', `${SINKS}sources: { acme: { type: openai, api_key: \${${SECRET}} } }\n`],
  ['a dollar before it', source(`api_key: $(${SECRET})`)],
  ['two of one name', source(`api_key: ${SECRET}\n    api_key: ${SECRET}x`)],
  ['a misspelled key', source(`apikey: ${SECRET}`)],
  ['a key that does not exist', source(`api_key: a\n    secret: ${SECRET}`)],
  ['in the address', source(`api_key: a\n    base_url: http://ada:${SECRET}@api.example.com`)],
  ['in an address that is none', source(`api_key: a\n    base_url: ada:${SECRET}@`)],
  ['in a query', source(`api_key: a\n    base_url: https://api.example.com/v1?key=${SECRET}`)],
  ['in a proxy of another kind', source(`api_key: a\n    proxy: socks5://ada:${SECRET}@proxy`)],
  ['in a proxy with a path', source(`api_key: a\n    proxy: ada:${SECRET}@proxy/x`)],
  [
    'the key of a certificate in the place of its file',
    source(`api_key: a\n    tls: { cert_file: a, key_file: "-----BEGIN PRIVATE KEY-----\\n${SECRET}" }`),
  ],
  [
    'a certificate in the place of its file',
    source(`api_key: a\n    tls: { ca_file: "-----BEGIN CERTIFICATE-----\\n${SECRET}" }`),
  ],
  ['as a number', sink(`concurrency: ${SECRET}`)],
  ['as a token of a sink that wants none', sink(`token: ${SECRET}`)],
  ['a token that is too short', `${SOURCES}${SINKS}http: { token: ${SECRET.slice(-8)} }\n`],
  ['a token that nobody asks for', `${SOURCES}${SINKS}http: { token: ${SECRET}, allow_unauthenticated: true }\n`],
  [
    'a key to hash with that is too short',
    `${SOURCES}${SINKS}redact_key: ${SECRET.slice(-6)}\nredact: [{ field: actor.id, with: hash }]\n`,
  ],
  [
    'a Splunk token behind its scheme',
    `${SOURCES}sinks:\n  s: { type: splunk-hec, url: "https://h", token: "Splunk ${SECRET}" }\n`,
  ],
  [
    'a password in the address of a sink',
    `${SOURCES}sinks:\n  s: { type: splunk-hec, url: "https://ada:${SECRET}@h", token: t }\n`,
  ],
  [
    'a token in the query of a sink',
    `${SOURCES}sinks:\n  s: { type: splunk-hec, url: "https://h?token=${SECRET}", token: t }\n`,
  ],
  [
    'an id and a key of Elasticsearch',
    `${SOURCES}sinks:\n  s: { type: elasticsearch, nodes: ["https://h"], auth: { api_key: "id:${SECRET}" } }\n`,
  ],
  ['a password in a node', `${SOURCES}sinks:\n  s: { type: elasticsearch, nodes: ["https://ada:${SECRET}@h"] }\n`],
  [
    'a text where a map of credentials is wanted',
    `${SOURCES}sinks:\n  s: { type: elasticsearch, nodes: ["https://h"], auth: ${SECRET} }\n`,
  ],
];
test.each(mistakes)('%s', async (_, text) => {
  const { problems } = await read(text);
  expect(problems).not.toEqual([]);
  expect(JSON.stringify(problems)).not.toContain('Canary');
});

test.each([
  ['two lines', `${SECRET}\n${SECRET}`],
  ['quotes', `"${SECRET}"`],
  ['a variable of the shell', `export KEY=${SECRET}`],
])('a secret file that holds %s', async (_, content) => {
  const { problems } = await read(source(`api_key: \${file:${folder}/secret}`), { secret: content });
  expect(problems).not.toEqual([]);
  expect(JSON.stringify(problems)).not.toContain('Canary');
});
