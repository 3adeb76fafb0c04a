/** Which texts run the modules that they name, and which do not. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BASE, type Config, OTHER_SINK, world } from './live-config.test.fixture.ts';

describe('the module of a sink is run', () => {
  const named = { ...BASE, sinks: { mine: { type: './mine.mjs' } } };
  const key = (name: string) => ({ acme: { type: 'openai', api_key: `\${${name}}` } });

  /** As `world`, with a module beside the configuration that leaves a mark where it runs. */
  async function withModule() {
    const made = await world();
    const mark = join(made.folder, 'has-run');
    const plugin =
      "{ type: 'mine', configSchema: { safeParse: (data) => ({ success: true, data }) }, limits: () => ({}), open: async () => ({}) }";
    const mine = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, '');\nexport const sink = ${plugin};`;
    writeFileSync(join(made.folder, 'mine.mjs'), mine);
    return { ...made, hasRun: () => existsSync(mark) };
  }

  test.each<[name: string, text: string | Config]>([
    ['is broken further down', `${JSON.stringify(named).slice(0, -1)}, "x": [`],
    ['has an unknown key', { ...named, sinkz: {} }],
    ['lacks a variable', { ...named, sources: key('OTHER') }],
    ['has a source that is none', { ...named, sources: { acme: { type: 'openai' } } }],
    ['has a filter that is none', { ...named, sinks: { mine: { type: './mine.mjs', when: 'nothing ==' } } }],
    ['has another sink that is none', { ...named, sinks: { ...Object(named.sinks), other: 'file' } }],
    ['would need a restart', { ...named, journal: { path: '/elsewhere' } }],
    ['binds another port', { ...named, http: { listen: '127.0.0.1:9999' } }],
  ])('for no text that %s', async (_, text) => {
    const { live, write, changes, hasRun } = await withModule();
    write(text);
    await live.refresh();
    expect(live.status().refusal).toBeDefined();
    expect({ changes, hasRun: hasRun() }).toEqual({ changes: [], hasRun: false });
  });

  test('for no text that is still being written', async () => {
    const { live, write, changes, whileStill, hasRun } = await withModule();
    const rest = [OTHER_SINK];
    write(named);
    whileStill(() => rest.splice(0).forEach(write));
    await live.refresh();
    expect(changes).toHaveLength(1);
    expect(hasRun()).toBe(false);
  });

  test('for one that is good as far as can be seen without it', async () => {
    const { live, write, changes, hasRun } = await withModule();
    write(named);
    await live.refresh();
    expect(changes).toHaveLength(1);
    expect(hasRun()).toBe(true);
  });

  test('for nobody who is not named, however near it lies', async () => {
    const { live, write, folder, hasRun } = await withModule();
    const mine = join(folder, 'node_modules/@audit-relay/sink-mine');
    mkdirSync(mine, { recursive: true });
    writeFileSync(
      join(mine, 'package.json'),
      JSON.stringify({ name: '@audit-relay/sink-mine', main: '../../../mine.mjs' }),
    );
    write({ ...OTHER_SINK, name: 'mine' });
    await live.refresh();
    expect(live.status()).toMatchObject({ applied: 1 });
    expect(hasRun()).toBe(false);
  });
});
