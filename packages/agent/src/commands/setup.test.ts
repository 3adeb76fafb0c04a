import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { type SetupOptions, setup } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-setup-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'audit-relay.yaml');

/** A sink whose set-up, and whose `files`, are functions' texts with `config`, `context` and `call` in reach. */
function plugin(name: string, body: string | undefined, files?: string): void {
  const setUp = [
    ...(body === undefined ? [] : [`setup: async (config, context, call) => { ${body} },`]),
    ...(files === undefined ? [] : [`files: async (config) => { ${files} },`]),
  ].join(' ');
  writeFileSync(
    join(folder, `${name}.mjs`),
    `export const sink = { type: '${name}', configSchema: { safeParse: (data) => ({ success: true, data }) },
      limits: () => ({}), ${setUp} open: async () => { throw new Error('setup opens no sink'); } };`,
  );
}

plugin('plain', undefined);
plugin(
  'templates',
  `return [{ name: 'template a', outcome: call.dryRun ? 'created' : 'current', detail: config.note + ' for ' + context.name + ' as ' + context.format }];`,
);
plugin('refused', `return [{ name: 'template b', outcome: 'failed', detail: 'no right', fix: 'grant it' }];`);
plugin('broken', `throw new Error('the key ' + config.key + ' was not liked');`);
plugin('talkative', `context.log('INFO_LINE', { a: 1 }); return [];`);
plugin('endless', `await new Promise((resolve) => call.signal.addEventListener('abort', resolve)); return [];`);
plugin('deaf', `await new Promise(() => {});`);
plugin(
  'add-on',
  undefined,
  `return [{ name: 'add-on.tgz', content: Buffer.from('of ' + config.note), detail: 'install it' }];`,
);
plugin(
  'both',
  `return [{ name: 'template c', outcome: 'created', detail: 'done' }];`,
  `return [{ name: 'both.tgz', content: Buffer.from('both'), detail: 'install it too' }];`,
);
plugin('broken-files', undefined, `throw new Error('the key ' + config.key + ' was not liked');`);

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

/** One run over these sinks, `name: type` each, and what was seen of it. */
async function run(sinks: Readonly<Record<string, string>>, options: Partial<SetupOptions> = {}): Promise<Ended> {
  const rows = Object.entries(sinks).map(
    ([name, type]) => `  ${name}: { type: ./${type}.mjs, note: hi, key: "\${KEY}" }`,
  );
  writeFileSync(config, `sources: { a: { type: openai, api_key: "\${KEY}" } }\nsinks:\n${rows.join('\n')}\n`);
  const texts = { out: '', talk: '' };
  const code = await setup(
    { config, dryRun: false, json: false, ...options },
    {
      env: { KEY: 'sk-canary' },
      out: (text) => (texts.out += text),
      hide: () => undefined,
      talk: (text) => (texts.talk += text),
      columns: () => undefined,
      flushed: () => Promise.resolve(true),
      input: () => Readable.from([]),
    },
  );
  return { code, ...texts };
}

test('each sink says what became of its peer, and one without a set-up is left alone', async () => {
  expect(await run({ siem: 'templates', disk: 'plain' })).toEqual({
    code: 0,
    out: 'siem (templates)\n  current     template a: hi for siem as ecs\ndisk (plain)\n  nothing to set up\n',
    talk: '',
  });
});

test('a dry run reaches the sink, and the operator is told that nothing was changed', async () => {
  const { code, out, talk } = await run({ siem: 'templates' }, { dryRun: true });
  expect({ code, out }).toEqual({ code: 0, out: 'siem (templates)\n  created     template a: hi for siem as ecs\n' });
  expect(talk).toMatch(/Nothing was changed/);
});

test('a script gets the steps as JSON, by sink', async () => {
  const { out } = await run({ siem: 'templates', disk: 'plain' }, { json: true });
  expect(JSON.parse(out)).toEqual([
    {
      sink: 'siem',
      type: 'templates',
      steps: [{ name: 'template a', outcome: 'current', detail: 'hi for siem as ecs' }],
    },
    { sink: 'disk', type: 'plain', steps: [] },
  ]);
});

describe('what failed', () => {
  test('ends with 1 and the fix, and the other sinks are set up none the less', async () => {
    const { code, out } = await run({ bad: 'refused', good: 'templates' });
    expect(code).toBe(1);
    expect(out).toMatch(/bad \(refused\)\n {2}failed {6}template b: no right\n {14}grant it\ngood \(templates\)\n/);
  });

  test('is a plugin that throws, with its words and without a secret', async () => {
    const { code, out } = await run({ bad: 'broken' });
    expect(code).toBe(1);
    expect(out).toContain('failed      set-up: the key [hidden] was not liked');
    expect((await run({ bad: 'broken' }, { json: true })).out).not.toContain('sk-canary');
  });

  test.each(['endless', 'deaf'])('is one that does not end in time: %s', async (type) => {
    const { code, out } = await run({ bad: type, good: 'templates' }, { limitMs: 20 });
    expect(code).toBe(1);
    expect(out).toMatch(/set-up: not done within 0\.02 s.*good \(templates\)/s);
  });
});

test('what a sink logs on the way is not shown', async () => {
  expect(await run({ siem: 'talkative' })).toMatchObject({ code: 0, talk: '' });
});

describe('--sink', () => {
  test('asks that sink alone', async () => {
    const { code, out } = await run({ siem: 'templates', bad: 'refused' }, { sink: 'siem' });
    expect({ code, out }).toEqual({ code: 0, out: 'siem (templates)\n  current     template a: hi for siem as ecs\n' });
  });

  test('asks all of a type where no sink is called so, and a sink that is called so alone', async () => {
    const siem = 'siem (templates)\n  current     template a: hi for siem as ecs\n';
    expect(await run({ siem: 'templates', disk: 'plain' }, { sink: 'templates' })).toMatchObject({
      code: 0,
      out: siem,
    });
    expect(await run({ templates: 'plain', siem: 'templates' }, { sink: 'templates' })).toMatchObject({
      out: 'templates (plain)\n  nothing to set up\n',
    });
  });

  test.each([
    ['sime', /no sink sime; did you mean siem\?/],
    ['other-thing', /there are: siem, disk/],
  ])('%s is no sink: wrong usage', async (sink, talk) => {
    expect(await run({ siem: 'templates', disk: 'plain' }, { sink })).toEqual({
      code: 2,
      out: '',
      talk: expect.stringMatching(talk),
    });
  });
});

describe('--out', () => {
  /** A folder that is not there yet. */
  const newFolder = (): string => join(mkdtempSync(join(folder, 'out-')), 'deeper');

  test('writes the files of each sink that has some, whole, and asks no peer', async () => {
    const out = newFolder();
    expect(await run({ siem: 'add-on', two: 'both', disk: 'plain' }, { out })).toEqual({
      code: 0,
      out:
        `siem (add-on)\n  created     ${out}/add-on.tgz: install it\n` +
        `two (both)\n  created     ${out}/both.tgz: install it too\ndisk (plain)\n  no files to write\n`,
      talk: '',
    });
    expect(readdirSync(out)).toEqual(['add-on.tgz', 'both.tgz']);
    expect(readFileSync(join(out, 'add-on.tgz'), 'utf8')).toBe('of hi');
  });

  test('of one sink alone', async () => {
    const out = newFolder();
    await run({ siem: 'add-on', two: 'both' }, { out, sink: 'two' });
    expect(readdirSync(out)).toEqual(['both.tgz']);
  });

  test('a dry run says what would be written, and writes nothing', async () => {
    const out = newFolder();
    const { code, out: said, talk } = await run({ siem: 'add-on' }, { out, dryRun: true });
    expect({ code, said }).toEqual({
      code: 0,
      said: `siem (add-on)\n  created     ${out}/add-on.tgz: install it\n`,
    });
    expect(talk).toMatch(/Nothing was changed/);
    expect(existsSync(out)).toBe(false);
  });

  test('the same file is left as it is, another one of its name is brought up to date, and others are not touched', async () => {
    const out = newFolder();
    await run({ siem: 'add-on' }, { out });
    writeFileSync(join(out, 'mine.txt'), 'mine');
    expect((await run({ siem: 'add-on' }, { out })).out).toContain('current     ');
    writeFileSync(join(out, 'add-on.tgz'), 'half');
    expect((await run({ siem: 'add-on' }, { out, dryRun: true })).out).toContain('updated     ');
    expect(readFileSync(join(out, 'add-on.tgz'), 'utf8')).toBe('half');
    expect((await run({ siem: 'add-on' }, { out })).out).toContain('updated     ');
    expect(readFileSync(join(out, 'add-on.tgz'), 'utf8')).toBe('of hi');
    expect(readdirSync(out)).toEqual(['add-on.tgz', 'mine.txt']);
  });

  test.each([
    ['a file where the folder should be', (out: string) => writeFileSync(out, ''), 'ENOTDIR'],
    [
      'a folder where the file should be',
      (out: string) => mkdirSync(join(out, 'add-on.tgz'), { recursive: true }),
      'EISDIR',
    ],
  ])('%s: a step that failed, with what to do', async (_, prepare, code) => {
    const out = newFolder();
    prepare(out);
    const ended = await run({ siem: 'add-on', two: 'plain' }, { out });
    expect(ended).toMatchObject({ code: 1, talk: '' });
    expect(ended.out).toContain(
      `failed      ${out}/add-on.tgz: not written: ${code}\n              name a folder with --out`,
    );
  });

  test('a sink that throws is a step that failed, without a secret', async () => {
    const { code, out } = await run({ siem: 'broken-files' }, { out: newFolder() });
    expect(code).toBe(1);
    expect(out).toContain('failed      files: the key [hidden] was not liked');
  });

  test.each([
    [{ disk: 'plain' }, undefined, 'no sink here has files to write; leave --out out\n'],
    [{ disk: 'plain' }, 'disk', 'the sink disk (plain) has no files to write; leave --out out\n'],
    [{ disk: 'plain', siem: 'add-on' }, 'disk', 'the sink disk (plain) has no files to write; --out is for: siem\n'],
  ])('where there are none it is wrong usage: %j, %s', async (sinks, sink, talk) => {
    const out = newFolder();
    expect(await run(sinks, { out, ...(sink === undefined ? {} : { sink }) })).toEqual({ code: 2, out: '', talk });
    expect(existsSync(out)).toBe(false);
  });

  test('without it a sink that has files says how to get them, beside what it set up', async () => {
    expect(await run({ siem: 'add-on', two: 'both' })).toMatchObject({
      code: 0,
      out:
        'siem (add-on)\n  left alone  files: audit-relay setup siem --out <folder> writes what you install there yourself\n' +
        'two (both)\n  created     template c: done\n' +
        '  left alone  files: audit-relay setup two --out <folder> writes what you install there yourself\n',
    });
  });
});

test('a bad configuration is named, and nothing is asked', async () => {
  expect(await run({ siem: 'not-there' })).toMatchObject({
    code: 78,
    out: '',
    talk: expect.stringMatching(/not-there/),
  });
});
