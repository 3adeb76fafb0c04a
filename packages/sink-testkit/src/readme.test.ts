/** The README's example is the code that runs. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { EVENT_CANARY, envelopes } from './envelopes.ts';

async function textOf(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), 'utf8');
}

test('the HTTP example is what the webhook sink declares', async () => {
  const [readme, declared] = await Promise.all([textOf('../README.md'), textOf('__fixtures__/webhook-under-test.ts')]);
  const [, declaration, functions = ''] = /describeHttpSink\(\{\n(.*?)\n\}\);\n\n(.*?)\n```/s.exec(readme) ?? [];
  expect(declaration).toContain('plugin: webhook');
  expect(declared).toContain(declaration);
  expect(functions).toContain('function idsIn');
  expect(declared).toContain(functions);
});

test('the made-up document is as the kit makes it', async () => {
  const shown = /```json\n(.*?)\n```/s.exec(await textOf('../README.md'))?.[1] ?? '{}';
  const [made] = envelopes(1);
  const isAsMade = made?.json.replace(EVENT_CANARY, '…');
  expect(JSON.stringify(JSON.parse(shown))).toBe(isAsMade);
});
