import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { type SetupOptions, setup } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-setup-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'audit-relay.yaml');

/** A sink whose set-up is `body`, a function's text with `config`, `context` and `call` in reach. */
function plugin(name: string, body: string | undefined): void {
  const setUp = body === undefined ? '' : `setup: async (config, context, call) => { ${body} },`;
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
      talk: (text) => (texts.talk += text),
      columns: () => undefined,
      flushed: () => Promise.resolve(true),
      input: () => Readable.from([]),
    },
  );
  return { code, ...texts };
}

test('each sink says what became of its peer, and one without a set-up is left in peace', async () => {
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

test('a bad configuration is named, and nothing is asked', async () => {
  expect(await run({ siem: 'not-there' })).toMatchObject({
    code: 78,
    out: '',
    talk: expect.stringMatching(/not-there/),
  });
});
