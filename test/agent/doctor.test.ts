/** `audit-relay doctor` against an API that answers in every way that is known or feared, and the whole command. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSourceDoctor } from '@audit-relay/core';
import { type FaultKind, type Simulator, type SimulatorOptions, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, describe, expect, test } from 'vitest';
import { run, start } from './command.ts';

const simulators: Simulator[] = [];
afterEach(async () => {
  for (const simulator of simulators.splice(0)) await simulator.close();
});

type Knobs = NonNullable<SimulatorOptions['knobs']>;
type Options = Parameters<typeof openSourceDoctor>[0];
type Config = Options['config'];

interface Examined {
  /** One line a finding: `ok access: the key may read audit logs`. */
  readonly lines: readonly string[];
  readonly requests: number;
}

/** Examines a simulated source; nobody waits for a pause. */
async function examined(options: SimulatorOptions, config: Partial<Config> = {}): Promise<Examined> {
  const simulator = await startSimulator({ events: 1000, spanMs: 86_400_000, ...options });
  simulators.push(simulator);
  const doctor = openSourceDoctor({
    config: { ...CONFIG, base_url: simulator.url, ...config },
    runtime: {
      now: () => Date.now(),
      elapsedMs: () => performance.now(),
      sleep: async () => undefined,
      random: () => 0,
      log: () => undefined,
    },
    userAgent: 'audit-relay/test',
    proxyFor: () => undefined,
  });
  const lines: string[] = [];
  for await (const { verdict, name, detail, fix } of doctor.examine(new AbortController().signal)) {
    expect(fix === undefined, `a fix for: ${name}: ${detail}`).toBe(verdict === 'ok');
    lines.push(`${verdict} ${name}: ${detail}${fix === undefined ? '' : ` → ${fix}`}`);
  }
  await doctor.close();
  return { lines, requests: simulator.stats().requests.reduce((sum, { count }) => sum + count, 0) };
}

const CONFIG: Config = {
  type: 'openai',
  api_key: 'sk-admin-simulator',
  base_url: '',
  dialect: 'audit_logs',
  feeds: ['organization', 'tenant'],
  poll_interval: 30_000,
  overlap: 1_800_000,
  sweep: 86_400_000,
  requests_per_second: 5,
};

test('of an API as documented nothing is said but that it is well, in six requests', async () => {
  const { lines, requests } = await examined({});
  expect(lines.map((line) => line.replace(/http\S+|\d+ ms|\S+Z$/g, '…'))).toEqual([
    'ok key: an admin key, by its prefix',
    'ok reach: … answers in …',
    'ok access: the key may read audit logs',
    'ok clock: this host and the server agree',
    'ok rate: the server names no limit; where it asks to wait, the relay does',
    'ok events: the latest of the first page is of …',
    'ok order: newest first',
    'ok cursor: `after` leads on to older events',
    'ok page size: more than 100 are taken for 100',
    'ok window: obeyed',
    'ok window, later pages: obeyed',
    'ok tenant feed: it may be read',
  ]);
  expect(requests).toBe(6);
});

/** Each condition, and how the lines begin that tell of it; every line that is not `ok` must be among them. */
const CONDITIONS: readonly (readonly [name: string, options: SimulatorOptions, lines: readonly string[]])[] = [
  ['a key without its scope', { knobs: { refuse: '401_object' } }, ['fail access: the key lacks a right']],
  ['an error that is a bare text', { knobs: { refuse: '401_text' } }, ['fail access: the key lacks a right']],
  ['another key', { key: 'sk-admin-other' }, ['fail access: the key is wrong or revoked']],
  [
    'a region that is not served',
    { knobs: { refuse: '403' } },
    ['fail access: the API does not serve the country or region of this host’s address'],
  ],
  ['logging that is off, as 403', { knobs: { logging_off: '403' } }, ['fail access: audit logging is off']],
  ['logging that is off, as an empty list', { knobs: { logging_off: 'empty' } }, ['warn events: the feed is empty']],
  ['a false refusal', { knobs: knobsOf('401_object', 2) }, ['warn answer: 2 of 3 tries failed (http_401)']],
  ['an overload that passes', { knobs: knobsOf('429_date', 1) }, ['warn answer: 1 of 2 tries failed (http_429)']],
  [
    'one that lasts',
    { knobs: { refuse: '429', retry_after: 'hour' } },
    ['fail answer: the API asks for fewer requests'],
  ],
  ['an outage', { knobs: { refuse: '500' } }, ['fail answer: the API is in trouble (500)']],
  ['a page of a gateway', { knobs: { refuse: '502_html' } }, ['fail answer: the API is in trouble (502)']],
  ['half a body', { knobs: { truncated_json: true } }, ['fail answer: an answer is no page: the body is not JSON']],
  ['a broken connection', { knobs: { reset: 'mid_body' } }, ['fail reach: http']],
  ['a clock that differs', { knobs: { clock_skew_s: -3600 } }, ['warn clock: this host is 3600 s ahead of the server']],
  ['no tenant, as 400', { knobs: { tenant_unavailable: 400 } }, ['warn tenant feed: the API refuses it (400)']],
  ['no tenant, as 401', { knobs: { tenant_unavailable: 401 } }, ['warn tenant feed: the API refuses it (401)']],
  ['no tenant, as 403', { knobs: { tenant_unavailable: 403 } }, ['warn tenant feed: the API refuses it (403)']],
  [
    'one feed for two',
    { knobs: { ignore_filters: ['tenant_only'] } },
    ['fail tenant feed: `tenant_only` has no effect'],
  ],
  [
    'oldest first',
    { knobs: { order: 'asc' } },
    ['ok order: oldest first', 'ok cursor: `after` leads on to newer events'],
  ],
  ['cursors the other way round', { knobs: { cursor_swap: true } }, ['ok cursor: `before` leads on and `after` back']],
  [
    'both of them',
    { knobs: { cursor_swap: true, order: 'asc' } },
    ['ok order: oldest first', 'ok cursor: `before` leads on and `after` back'],
  ],
  ['a cursor without effect', { knobs: { repeat_page: true } }, ['fail cursor: `after` has no effect']],
  ['a cursor that is refused', { knobs: expired('400') }, ['fail cursor: the API does not accept the request (400)']],
  [
    'a cursor into nothing',
    { knobs: expired('empty') },
    ['fail cursor: the API says that there is more, then gives an'],
  ],
  ['no last_id', { knobs: { no_last_id: true } }, ['ok cursor: `after` leads on to older events']],
  [
    'an envelope without ids',
    { knobs: { envelope: { object: 'absent', ids: 'null' } } },
    ['ok cursor: `after` leads on'],
  ],
  ['events that arrive meanwhile', { knobs: { insert_during_walk: 9 } }, ['ok window, later pages: obeyed']],
  [
    'more pages than there are',
    { knobs: { has_more_lies: 'true' } },
    ['fail has_more: has_more says that more follows'],
  ],
  [
    'fewer pages than there are',
    { knobs: { has_more_lies: 'false' } },
    ['warn has_more: has_more says that nothing foll'],
  ],
  ['a limit that is refused', { knobs: { limit_above_max: 'error' } }, ['ok page size: more than 100 are refused']],
  ['no window', { knobs: { ignore_filters: ['effective_at'] } }, ['fail window: the API ignores the asked time']],
  [
    'a window for the first page alone',
    { knobs: { ignore_window_with_after: true } },
    ['ok window: obeyed', 'warn window, later pages: the API ignores the asked time'],
  ],
  [
    'one page of events',
    { events: 3 },
    ['ok cursor: cannot tell: the whole feed is on one page', 'ok page size: more than 100 may be asked for'],
  ],
  [
    'events of one second',
    { events: 900, spanMs: 1 },
    ['ok order: cannot tell', 'ok cursor: `after` leads on', 'ok window: cannot tell'],
  ],
  ['parameters that must be known', { knobs: { ignore_unknown_params: false } }, ['ok tenant feed: it may be read']],
];

/** A fault of this kind on the first requests. */
function knobsOf(kind: FaultKind, to: number): Knobs {
  return { faults: [{ rate: 1, kinds: [kind], to }] };
}

/** Cursors that are good for nothing by the time they are used. */
function expired(how: '400' | 'empty'): Knobs {
  return { after_unknown: how, intercept: ({ query }) => (query.has('after') ? GONE[how] : undefined) };
}

const GONE = {
  '400': { status: 400, body: '{"error":{"message":"The cursor has expired."}}' },
  empty: { status: 200, body: '{"data":[],"has_more":false}' },
};

describe('the doctor tells of', () => {
  test.each(CONDITIONS)('%s', async (_, options, expected) => {
    const { lines, requests } = await examined(options);
    for (const begin of expected) expect(lines).toContainEqual(expect.stringContaining(begin));
    const others = lines.filter((line) => !line.startsWith('ok') && !expected.some((begin) => line.startsWith(begin)));
    expect(others).toEqual([]);
    expect(requests).toBeLessThanOrEqual(8);
  });
});

describe('of filters the doctor tells', () => {
  const types = { event_types: ['login.succeeded', 'tenant.group.created'] };
  const cases: readonly (readonly [name: string, knobs: Knobs, config: Partial<Config>, line: string])[] = [
    ['that they are obeyed', {}, types, 'ok filters: obeyed'],
    ['that they are not', { ignore_filters: ['event_types'] }, types, 'warn filters: '],
    ['that nothing passes them', {}, { actor_ids: ['nobody'] }, 'warn events: the feed is empty: the filters exclude'],
    [
      'that no feed has such types',
      {},
      { ...types, feeds: ['tenant'], event_types: ['login.failed'] },
      'fail filters: none',
    ],
  ];
  test.each(cases)('%s', async (_, knobs, ...[config, line]) => {
    const { lines } = await examined({ knobs }, config);
    const told = lines.filter((one) => one.startsWith(line) || !one.startsWith('ok'));
    expect(told).toEqual([expect.stringContaining(line)]);
  });
});

describe('of the older dialect the doctor tells', () => {
  const cases: readonly (readonly [name: string, knobs: Knobs, lines: readonly string[]])[] = [
    ['that it is well', {}, ['ok cursor: `after` leads on to older events', 'ok order: obeyed']],
    [
      'that order has no effect',
      { ignore_order: true },
      ['fail order: `order` has no effect: newest first either way'],
    ],
    ['that it is not there', { organization_logs: 'off' }, ['fail answer: nothing is there (404)']],
    ['that its list is empty', { logging_off: 'empty' }, ['warn events: the feed is empty']],
  ];
  test.each(cases)('%s', async (_, knobs, expected) => {
    const options = { knobs: { organization_logs: 'data', ...knobs } } as const;
    const { lines, requests } = await examined(options, { dialect: 'organization_logs' });
    for (const begin of expected) expect(lines).toContainEqual(expect.stringContaining(begin));
    expect(lines.filter((line) => !line.startsWith('ok'))).toHaveLength(expected[0]?.startsWith('ok') ? 0 : 1);
    expect(requests).toBeLessThanOrEqual(3);
  });
});

describe('the whole command', () => {
  const KEY = 'sk-admin-canary';

  /** relay.yaml in a folder of its own, with a simulated API, one file sink, any free port. */
  async function configured(): Promise<string> {
    const simulator = await startSimulator({ key: KEY, events: 200 });
    simulators.push(simulator);
    const folder = mkdtempSync(join(tmpdir(), 'audit-relay-doctor-'));
    const config = {
      sources: { acme: { type: 'openai', api_key: '${KEY}', base_url: simulator.url, poll_interval: '1s' } },
      sinks: { disk: { type: 'file', path: join(folder, 'out.ndjson') } },
      journal: { path: join(folder, 'journal') },
      http: { listen: '127.0.0.1:0' },
    };
    writeFileSync(join(folder, 'relay.yaml'), JSON.stringify(config));
    return folder;
  }

  test('says that everything is well, beside a running agent and without, and shows no key', async () => {
    const cwd = await configured();
    const ask = { args: ['doctor', '-c', 'relay.yaml'], cwd, env: { KEY } };
    const fresh = await run(ask);
    const { child, ended, seen } = start({ ...ask, args: ['run', '-c', 'relay.yaml'] });
    await seen(/"STARTED"/);
    const beside = await run(ask);
    child.kill('SIGTERM');
    await ended;
    const after = await run({ ...ask, args: [...ask.args, '--json'] });
    expect([fresh.code, beside.code, after.code]).toEqual([0, 0, 0]);
    expect(fresh.out).toMatch(/^journal .*\n {2}ok {3}content: there is none yet: the first start makes it\n/m);
    expect(beside.out).toContain('holder: an agent runs on it');
    expect(after.out).toContain('"detail": "no agent runs on it"');
    expect([fresh, beside, after].map(({ out, talk }) => out + talk).join()).not.toContain('canary');
    rmSync(cwd, { recursive: true });
  });

  test('ends with 1 when something fails, and leaves the journal as it was', async () => {
    const cwd = await configured();
    const args = ['doctor', '-c', 'relay.yaml'];
    const { child, ended, seen } = start({ args: ['run', '-c', 'relay.yaml'], cwd, env: { KEY } });
    await seen(/"STARTED"/);
    child.kill('SIGTERM');
    await ended;
    const before = readFileSync(join(cwd, 'journal', 'data.mdb'));
    const { code, out } = await run({ args, cwd, env: { KEY: 'sk-admin-other' } });
    expect(code).toBe(1);
    expect(out).toMatch(/^ {2}fail access: the key is wrong or revoked .*\n {7}fix: api_key must be an admin key/m);
    expect(readFileSync(join(cwd, 'journal', 'data.mdb')).equals(before)).toBe(true);
    rmSync(cwd, { recursive: true });
  });

  interface Config {
    readonly sources: Readonly<Record<string, object>>;
    readonly sinks: { readonly disk: object };
    readonly journal: object;
    readonly http: object;
  }

  const [yearAhead] = new Date(Date.now() + 365 * 86_400_000).toISOString().split('T');
  const refusals: readonly (readonly [code: string, spoiled: (config: Config, taken: string) => Partial<Config>])[] = [
    ['SOURCE_RENAMED', ({ sources: { acme } }) => ({ sources: { renamed: acme ?? {} } })],
    ['SOURCE_CHANGED', ({ sources: { acme } }) => ({ sources: { acme: { ...acme, dialect: 'organization_logs' } } })],
    [
      'START_IN_FUTURE',
      ({ sources: { acme } }) => ({ sources: { acme: { ...acme, backfill_start_time: yearAhead } } }),
    ],
    ['SINK_LIMITS_INVALID', () => ({ sinks: { disk: { type: './odd.mjs', events: 0 } } })],
    ['JOURNAL_MISSING', () => ({ journal: { path: './elsewhere', create: 'never' } })],
    ['JOURNAL_FOREIGN', () => ({ journal: { path: './foreign' } })],
    ['JOURNAL_FOLDER', () => ({ journal: { path: './odd.mjs/journal' } })],
    ['JOURNAL_EMPTY', () => ({ journal: { path: './empty' } })],
    ['JOURNAL_DAMAGED', () => ({ journal: { path: './damaged' } })],
    ['JOURNAL_NEWER', () => ({ journal: { path: './newer' } })],
    ['JOURNAL_PATH_TOO_LONG', () => ({ journal: { path: `./${'long'.repeat(30)}` } })],
    ['HTTP_LISTEN', (_, taken) => ({ http: { listen: taken } })],
  ];

  const ODD = `export const sink = {
    type: 'odd', open: async () => ({ check: async () => [], close: async () => {} }),
    configSchema: { safeParse: (data) => ({ success: true, data }) },
    limits: ({ events = 9 }) => ({ maxEvents: events, maxBytes: 9, maxEventBytes: 9, maxInFlight: 1, sendMs: 9 }),
  };`;

  /** Copies of a journal, each with another fault; and a folder of somebody else's. */
  function spoiledJournals(cwd: string): void {
    for (const name of ['empty', 'damaged', 'newer'])
      cpSync(join(cwd, 'journal'), join(cwd, name), { recursive: true });
    rmSync(join(cwd, 'empty', 'data.mdb'));
    truncateSync(join(cwd, 'damaged', 'data.mdb'), 8_192);
    const mark = join(cwd, 'newer', 'journal.json');
    writeFileSync(mark, JSON.stringify({ ...JSON.parse(readFileSync(mark, 'utf8')), format: 999 }));
    mkdirSync(join(cwd, 'foreign'));
    writeFileSync(join(cwd, 'foreign', 'notes.txt'), 'of somebody else');
  }

  test('refuses what run refuses, by the same code', async () => {
    const cwd = await configured();
    const file = join(cwd, 'relay.yaml');
    const debugging = ['run', '-c', 'relay.yaml', '--log-level', 'debug'];
    const { child, ended, seen } = start({ args: debugging, cwd, env: { KEY } });
    await seen(/"WINDOW_COMMITTED"/);
    child.kill('SIGTERM');
    await ended;
    writeFileSync(join(cwd, 'odd.mjs'), ODD);
    const config: Config = JSON.parse(readFileSync(file, 'utf8'));
    const taken = new URL(simulators[0]?.url ?? '').host;
    spoiledJournals(cwd);
    for (const [code, spoiled] of refusals) {
      writeFileSync(file, JSON.stringify({ ...config, ...spoiled(config, taken) }));
      const [looked, ran] = await Promise.all(
        ['doctor', 'run'].map((command) => run({ args: [command, '-c', 'relay.yaml'], cwd, env: { KEY } })),
      );
      expect(looked).toMatchObject({ code: 1, out: expect.stringContaining(`fail ${code}: `) });
      expect(ran).toMatchObject({ code: 1, talk: expect.stringContaining(`"${code}"`) });
    }
    rmSync(cwd, { recursive: true });
  });
});
