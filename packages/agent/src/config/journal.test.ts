import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restartKeys } from '../live/needs-restart.ts';
import { embeddedOf, nameOf } from './journal.ts';
import { folder, read, SINKS, SOURCES } from './read.test.fixture.ts';

/** A package of a journal where the configuration's folder has it; `loaded` is what it says when it is loaded. */
function installed(module: string): void {
  const path = join(folder, 'node_modules/@audit-relay/journal-kafka');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'package.json'), JSON.stringify({ exports: './index.mjs' }));
  writeFileSync(join(path, 'index.mjs'), module);
}

const ALL = `${SOURCES}${SINKS}`;
const PLUGIN = `
const safeParse = ({ topic_prefix }) =>
  topic_prefix === undefined
    ? { success: false, error: { issues: [{ code: 'custom', path: ['topic_prefix'], message: 'expected a prefix' }] } }
    : { success: true, data: { topic_prefix } };
export const journal = {
  type: 'kafka', configSchema: { safeParse }, name: ({ topic_prefix }) => 'kafka ' + topic_prefix,
  opener: () => ({}), problems: async () => [], setup: async () => [],
};`;

const journal = async (yaml: string) => read(`${ALL}journal: ${yaml}\n`);

test('without a type, and with that of the embedded one, it is the embedded one', async () => {
  expect((await journal('{ path: /data }')).config?.journal).toMatchObject({ path: '/data' });
  expect((await journal('{ type: embedded, path: /data }')).config?.journal).toMatchObject({ path: '/data' });
});

test('a package is loaded when its type is named, and judges all other keys', async () => {
  installed(PLUGIN);
  const { config } = await journal('{ type: kafka, topic_prefix: audit }');
  expect(config?.journal).toMatchObject({ type: 'kafka', config: { topic_prefix: 'audit' } });
  expect(config && nameOf(config.journal)).toBe('kafka audit');
  const { problems } = await journal('{ type: kafka }');
  expect(problems).toMatchObject([{ path: 'journal.topic_prefix', expected: expect.stringContaining('a prefix') }]);
});

test.each([
  ['a type that there is not', '{ type: kafak }', 'CONFIG_INVALID_VALUE', ''],
  ['a package that exports no journal', '{ type: kafka }', 'CONFIG_JOURNAL_BROKEN', 'export const type = "kafka";'],
  ['a package that cannot be loaded', '{ type: kafka }', 'CONFIG_JOURNAL_BROKEN', 'throw new Error("no");'],
])('%s is a problem at the type', async (...[, yaml, code, module]) => {
  // Modules are kept by their address.
  writeFileSync(join(folder, 'node_modules/@audit-relay/journal-kafka', `${code}-${module.length}.mjs`), module);
  const manifest = { exports: `./${code}-${module.length}.mjs` };
  writeFileSync(join(folder, 'node_modules/@audit-relay/journal-kafka/package.json'), JSON.stringify(manifest));
  expect((await journal(yaml)).problems).toMatchObject([{ path: 'journal.type', code }]);
});

test('what works with a folder refuses it', async () => {
  installed(PLUGIN);
  const { config, journal: named } = await journal('{ type: kafka, topic_prefix: audit }');
  expect(() => embeddedOf(config?.journal ?? { type: '', keys: {} })).toThrow(
    expect.objectContaining({ code: 'JOURNAL_REMOTE' }),
  );
  expect(named).toMatchObject({ type: 'kafka', keys: { topic_prefix: 'audit' } });
});

test('another key of it needs a restart, as one of the embedded does', async () => {
  installed(PLUGIN);
  const [now, next] = [
    await journal('{ type: kafka, topic_prefix: a }'),
    await journal('{ type: kafka, topic_prefix: b }'),
  ];
  if (now.config === undefined || next.config === undefined) throw new Error('both are good');
  expect(restartKeys(now.config, next.config)).toEqual(['journal.topic_prefix']);
});
