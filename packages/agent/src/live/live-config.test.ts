import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BASE, type Config, OTHER_SINK, world } from './live-config.test.fixture.ts';

test('a changed file is handed to the relay whole, and said in log and status', async () => {
  const { live, write, changes, told } = await world();
  const before = live.status();
  write(OTHER_SINK);
  await live.refresh();
  expect(Object.keys(changes[0]?.sinks ?? {})).toEqual(['disk']);
  expect(told).toEqual([
    {
      level: 'info',
      code: 'CONFIG_APPLIED',
      text: 'the changed configuration is in force: sinks: disk changed',
    },
  ]);
  expect(live.status()).toMatchObject({ applied: 1, refused: 0, hash: expect.stringMatching(/^[0-9a-f]{12}$/) });
  expect(live.status().hash).not.toBe(before.hash);
});

test('what is in force is what was taken over last, and not what was refused after it', async () => {
  const { live, write } = await world();
  write(OTHER_SINK);
  await live.refresh();
  write('sources: {');
  await live.refresh();
  expect(live.status()).toMatchObject({ applied: 1, refused: 1 });
  expect(live.inForce().config.sinks['disk']?.config).toMatchObject({ path: '/nowhere/two.ndjson' });
});

test.each([
  ['taken over', {}],
  ['refused', { sinkz: {} }],
])(
  'a variable that holds a secret is forgotten, also where a text that is %s is the first to name it',
  async (_, more) => {
    const { live, write, forgotten } = await world();
    write({ ...BASE, ...more, sources: { acme: { type: 'openai', api_key: '${LATE}' } } });
    await live.refresh();
    expect(forgotten).toContain('LATE');
  },
);

test('the level of the log follows', async () => {
  const { live, write, levels } = await world();
  write({ ...BASE, log: { level: 'debug' } });
  await live.refresh();
  expect(levels).toEqual(['debug']);
});

describe('what is refused, whole, while the old one runs on', () => {
  test.each<[name: string, text: string | Config, code: string, logged: string, words: RegExp]>([
    ['no YAML', '{ sources: ', 'CONFIG_YAML', 'CONFIG_REFUSED', /relay\.yaml:1/],
    ['half of the file', JSON.stringify(BASE).slice(0, 45), 'CONFIG_INVALID_VALUE', 'CONFIG_REFUSED', /relay\.yaml:1/],
    ['an empty file', '', 'CONFIG_MISSING_KEY', 'CONFIG_REFUSED', /sources/],
    ['a typo', { ...BASE, sinkz: {} }, 'CONFIG_UNKNOWN_KEY', 'CONFIG_REFUSED', /did you mean|sinks/],
    [
      'a variable that is not set',
      { ...BASE, sources: { acme: { type: 'openai', api_key: '${OTHER}' } } },
      'CONFIG_UNSET_VARIABLE',
      'CONFIG_REFUSED',
      /OTHER/,
    ],
    [
      'the folder of the journal',
      { ...OTHER_SINK, journal: { path: '/elsewhere' } },
      'CONFIG_NEEDS_RESTART',
      'CONFIG_NEEDS_RESTART',
      /^journal\.path cannot change while the agent runs: restart it/,
    ],
    [
      'the address and the form of the log',
      { ...BASE, http: { listen: '127.0.0.1:9999' }, log: { format: 'json' } },
      'CONFIG_NEEDS_RESTART',
      'CONFIG_NEEDS_RESTART',
      /^http\.listen, log\.format cannot/,
    ],
  ])('%s', async (_name, text, ...[code, logged, words]) => {
    const { live, write, changes, told } = await world();
    const { hash } = live.status();
    write(text);
    await live.refresh();
    expect(changes).toEqual([]);
    expect(live.status()).toMatchObject({ hash, refused: 1, refusal: { code, problem: expect.stringMatching(words) } });
    expect(told).toEqual([
      { level: 'error', code: logged, text: expect.stringContaining('the old configuration runs') },
    ]);
    // Said once, however often it is read.
    await live.refresh();
    expect(told).toHaveLength(1);
  });

  test('what a start would be refused for, by the relay itself', async () => {
    const { live, write, refuse } = await world();
    refuse(Object.assign(new Error('source other is new while acme is gone'), { code: 'SOURCE_RENAMED' }));
    write(OTHER_SINK);
    await live.refresh();
    expect(live.status().refusal).toMatchObject({ code: 'SOURCE_RENAMED' });
  });

  test('what the disk refuses is taken over once it is well again, though the file stays as it is', async () => {
    const { live, write, refuse, whileStill, changes, told, said } = await world();
    const applied = said('CONFIG_APPLIED');
    refuse(Object.assign(new Error('no space left'), { code: 'DISK_FULL' }));
    let waits = 0;
    whileStill(() => {
      waits += 1;
      if (waits === 6) refuse(undefined);
    });
    write(OTHER_SINK);
    await live.refresh();
    await applied;
    expect(changes).toHaveLength(1);
    // Said once, however often it was tried.
    expect(told.map(({ code }) => code)).toEqual(['CONFIG_REFUSED', 'CONFIG_APPLIED']);
    expect(live.status()).not.toHaveProperty('refusal');
  });

  test('a file that is taken away', async () => {
    const { live, file } = await world();
    unlinkSync(file);
    await live.refresh();
    expect(live.status().refusal).toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  test('without a secret in its words', async () => {
    const { live, write, refuse, told } = await world();
    refuse(new Error('the peer said sk-admin-1234567890'));
    write(OTHER_SINK);
    await live.refresh();
    expect(JSON.stringify([live.status(), told])).not.toContain('sk-admin-1234567890');
  });
});

test('the old text put back ends a refusal, and so does a good one', async () => {
  const { live, write, told } = await world();
  write('{');
  await live.refresh();
  write(BASE);
  await live.refresh();
  expect(live.status()).not.toHaveProperty('refusal');
  write('{');
  await live.refresh();
  write(OTHER_SINK);
  await live.refresh();
  expect(live.status()).not.toHaveProperty('refusal');
  expect(told.map(({ code }) => code)).toEqual([
    'CONFIG_REFUSED',
    'CONFIG_UNCHANGED',
    'CONFIG_REFUSED',
    'CONFIG_APPLIED',
  ]);
});

test('a file that is still being written is read again until it stands still', async () => {
  const { live, write, changes, told, whileStill } = await world();
  const rest = [JSON.stringify(OTHER_SINK).slice(0, 90), JSON.stringify(OTHER_SINK)];
  write('{');
  whileStill(() => {
    const next = rest.shift();
    if (next !== undefined) write(next);
  });
  await live.refresh();
  expect(changes).toHaveLength(1);
  expect(told.map(({ code }) => code)).toEqual(['CONFIG_APPLIED']);
});

test('a secret is taken while a bad file stands there, under the text in force', async () => {
  const { live, write, reopened, folder } = await world();
  const key = join(folder, 'key');
  writeFileSync(key, 'sk-admin-one-1234');
  write({ ...BASE, sources: { acme: { type: 'openai', api_key: `\${file:${key}}` } } });
  await live.refresh();
  write('{');
  writeFileSync(key, 'sk-admin-two-1234');
  await live.refresh();
  expect(reopened).toEqual(['acme']);
  expect(live.status().refusal).toBeDefined();
});

describe('a change is seen without being told, made', () => {
  test.each<[name: string, change: (file: string, text: string) => void]>([
    ['by writing over it', (file, text) => writeFileSync(file, text)],
    [
      'as editors do, by a rename',
      (file, text) => {
        writeFileSync(`${file}~`, text);
        renameSync(`${file}~`, file);
      },
    ],
    [
      'as it is taken away and put there anew',
      (file, text) => {
        unlinkSync(file);
        writeFileSync(file, text);
      },
    ],
  ])('%s', async (_name, change) => {
    const { file, said } = await world();
    const applied = said('CONFIG_APPLIED');
    change(file, JSON.stringify(OTHER_SINK));
    await applied;
  });

  test('as Kubernetes does, by the swap of a link beside it', async () => {
    const { folder, file, live, said } = await world();
    const mount = (version: string, config: Config): void => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'relay.yaml'), JSON.stringify(config));
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    mount('..1', BASE);
    unlinkSync(file);
    symlinkSync(join('..data', 'relay.yaml'), file);
    await live.refresh();
    const applied = said('CONFIG_APPLIED');
    mount('..2', OTHER_SINK);
    await applied;
  });

  test('in the file that a link leads to', async () => {
    const { folder, file, live, said } = await world();
    const real = join(folder, 'elsewhere', 'real.yaml');
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(real, JSON.stringify(BASE));
    unlinkSync(file);
    symlinkSync(real, file);
    await live.refresh();
    const applied = said('CONFIG_APPLIED');
    writeFileSync(real, JSON.stringify(OTHER_SINK));
    await applied;
  });
});

test('with config.watch off a change waits for the word, and what is asked for is answered', async () => {
  const { live, write, changes, told } = await world({ ...BASE, config: { watch: false } });
  write({ ...OTHER_SINK, config: { watch: false } });
  await live.refresh();
  expect(changes).toEqual([]);
  await live.reload();
  expect(changes).toHaveLength(1);
  await live.reload();
  expect(told.map(({ code }) => code)).toEqual(['CONFIG_APPLIED', 'CONFIG_UNCHANGED']);
});

test('after the end of the agent nothing is taken over', async () => {
  const { live, write, changes } = await world();
  write(OTHER_SINK);
  live.close();
  await live.refresh();
  expect(changes).toEqual([]);
});
