import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { problemLine } from './problems.ts';
import { readConfigText } from './read.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-credentials-'));
afterAll(() => rmSync(folder, { recursive: true }));

const KEY = 'sk-admin-Canary7f3a';

/** The key as the source and an Elasticsearch have it that is read from such a file, and what is said of either. */
async function reading(
  content: string | Buffer,
): Promise<{ readonly keys: readonly unknown[]; readonly lines: readonly string[] }> {
  const file = join(folder, 'key');
  writeFileSync(file, content);
  const key = `\${file:${file}}`;
  const text = JSON.stringify({
    sources: { acme: { type: 'openai', api_key: key } },
    sinks: { es: { type: 'elasticsearch', nodes: ['https://es.example.com'], auth: { api_key: key } } },
  });
  const { config, problems } = await readConfigText({ file: 'f', text, env: {} });
  const auth: unknown = Object(Object(config?.sinks['es']?.config).auth).api_key;
  return { keys: [config?.sources['acme']?.api_key, auth], lines: problems.map(problemLine) };
}

describe('what stands around a key by accident is no part of it', () => {
  const cases: readonly [name: string, content: string][] = [
    ['nothing', KEY],
    ['a newline', `${KEY}\n`],
    ['two newlines of Windows', `${KEY}\r\n\r\n`],
    ['spaces and tabs', `\t ${KEY} \t`],
    ['a byte order mark', `\uFEFF${KEY}`],
    ['a space of no width', `\u200B${KEY}\u200B`],
    ['a joiner, a mark of direction and a space that does not break', `\u2060\u200E\u00A0${KEY}\u200D`],
    ['all of it', `\uFEFF \u200B\n${KEY}\u00A0\r\n\uFEFF`],
  ];
  test.each(cases)('%s', async (_, content) => {
    expect(await reading(content)).toEqual({ keys: [KEY, KEY], lines: [] });
  });
});

describe('what no header can carry, or no key has, is named', () => {
  const cases: readonly [name: string, content: string | Buffer, says: RegExp][] = [
    ['a comment above', `# my key\n${KEY}`, /a line break stands within the key/],
    ['two keys', `${KEY}\n${KEY}\n`, /a line break/],
    ['a tab', `${KEY}\t2`, /a tab/],
    ['a space', `${KEY} 2`, /a space stands/],
    ['a space that does not break', `${KEY}\u00A02`, /a space of another kind/],
    ['a character of no width', `${KEY}\u200B2`, /a character of no width/],
    ['a byte order mark', `${KEY}\uFEFF2`, /a byte order mark/],
    ['a dash of a word processor', KEY.replace('-', '\u2013'), /a dash that is no hyphen/],
    ['a control character', `${KEY}\u00072`, /a control character/],
    ['a letter that looks like another', KEY.replace('a', '\u0430'), /a character beyond ASCII/],
    ['an emoji', `${KEY}😀`, /a character beyond ASCII/],
    ['a file that is no text', Buffer.from([0x73, 0xff, 0x6b]), /a byte that is no UTF-8/],
    ['the word before it', `Bearer ${KEY}`, /the word Bearer stands before the key/],
    ['another word before it', `apikey\t${KEY}`, /the word apikey stands/],
    ['quotes', `"${KEY}"`, /quotes stand around the key/],
    ['quotes of a word processor', `“${KEY}”`, /quotes stand around the key/],
    ['nothing at all', ' \n', /the file holds no key/],
  ];
  test.each(cases)('%s', async (_, content, says) => {
    const { keys, lines } = await reading(content);
    expect(keys).toEqual([undefined, undefined]);
    const found = lines.filter((line) => line.includes('CONFIG_BAD_CREDENTIAL'));
    expect(found).toHaveLength(2);
    for (const line of found) {
      expect(line).toMatch(says);
      expect(line).toContain(`(from ${join(folder, 'key')})`);
    }
    expect(lines.join()).not.toContain('Canary');
  });
});

test('a password may hold anything', async () => {
  const password = 'Bearer “ä b” ';
  const text = JSON.stringify({
    sources: { acme: { type: 'openai', api_key: '${KEY}' } },
    sinks: {
      es: {
        type: 'elasticsearch',
        nodes: ['https://es.example.com'],
        auth: { username: 'u', password: '${PASSWORD}' },
      },
    },
  });
  const { config } = await readConfigText({ file: 'f', text, env: { KEY, PASSWORD: password } });
  expect(Object(Object(config?.sinks['es']?.config).auth).password).toBe(password);
});
