/** The README's example is the code that runs. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

async function textOf(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), 'utf8');
}

test('the HTTP example is what the webhook sink declares', async () => {
  const [readme, declared] = await Promise.all([
    textOf('../README.md'),
    textOf('__fixtures__/good-sink-under-test.ts'),
  ]);
  const example = /describeHttpSink\(\{\n(.*?)\n\}\);/s.exec(readme)?.[1];
  expect(example).toContain('plugin: webhook');
  expect(declared).toContain(example);
});
