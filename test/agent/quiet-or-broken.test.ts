/**
 * Quiet is not broken: an idle organization, an API out of reach, a key that is refused, one that has lost its scope, logging that
 * was never turned on and a sink that is down are six different answers, in `status`, in the metrics and in the log. One
 * agent has all six at once.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, type Simulator, type SimulatorOptions, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../services/ports.ts';
import { type Running, run, start } from './command.ts';

/** More than twenty polls, a second each, without any event. */
const LONGEST_MS = 90_000;

interface Line {
  readonly code: string;
  readonly level: string;
  readonly cause?: string;
  readonly source?: string;
  readonly lane?: string;
}

interface Part {
  readonly source?: string;
  readonly sink?: string;
  readonly health?: string;
  readonly cause?: string;
  readonly problem?: string;
  readonly problemSince?: string;
}

interface State {
  readonly name: string;
  /** Of what is configured. */
  readonly of: string;
  readonly health: string;
  readonly cause?: string;
  /** What status says to do. */
  readonly words?: RegExp;
  /** In the metrics, with 1. */
  readonly series: readonly string[];
  /** The last line of the log about it; absent: none above debug. */
  readonly logged?: Partial<Line>;
}

const feed = (source: string): string => `source="${source}",feed="organization"`;

const STATES: readonly State[] = [
  { name: 'idle', of: 'idle', health: 'quiet', series: [`feed_health{${feed('idle')},health="quiet"}`] },
  {
    name: 'the API out of reach',
    of: 'unreachable',
    health: 'retrying',
    cause: 'api_unreachable',
    words: /nothing listens|refused|reach/i,
    series: [
      `feed_health{${feed('unreachable')},health="retrying"}`,
      `feed_cause{${feed('unreachable')},cause="api_unreachable"}`,
    ],
    logged: { code: 'SOURCE_RETRYING', level: 'warn', cause: 'api_unreachable' },
  },
  {
    name: 'a key that is refused',
    of: 'refused',
    health: 'paused',
    cause: 'key_refused',
    words: /the key is wrong or revoked.*sk-admin/,
    series: [`feed_health{${feed('refused')},health="paused"}`, `feed_cause{${feed('refused')},cause="key_refused"}`],
    logged: { code: 'SOURCE_REFUSED', level: 'warn', cause: 'key_refused' },
  },
  {
    name: 'a key that has lost its scope',
    of: 'scope',
    health: 'paused',
    cause: 'scope_missing',
    words: /lacks a right.*api\.audit_logs\.read/,
    series: [`feed_health{${feed('scope')},health="paused"}`, `feed_cause{${feed('scope')},cause="scope_missing"}`],
    logged: { code: 'SOURCE_REFUSED', level: 'warn', cause: 'scope_missing' },
  },
  {
    name: 'logging that was never turned on',
    of: 'off',
    health: 'quiet',
    cause: 'no_event_ever',
    words: /no event has ever come.*owner turns it on/,
    series: [`feed_health{${feed('off')},health="quiet"}`, `feed_cause{${feed('off')},cause="no_event_ever"}`],
    logged: { code: 'NO_EVENTS_YET', level: 'warn' },
  },
  {
    name: 'a sink that is down',
    of: 'siem',
    health: 'retrying',
    words: /nothing listens|refused|reach/i,
    series: ['sink_health{sink="siem",type="splunk-hec",health="retrying"}'],
    logged: { code: 'SINK_RETRYING', level: 'warn' },
  },
];

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-quiet-'));
const simulators: Simulator[] = [];
let running: Running | undefined;
let url = '';
const log: Line[] = [];

async function simulated(options: SimulatorOptions): Promise<string> {
  const simulator = await startSimulator({ key: defaultKey, ...options });
  simulators.push(simulator);
  return simulator.url;
}

beforeAll(async () => {
  const [noApi, noPeer] = await freePorts(2);
  const source = (base_url: string, keys: object = {}): object => ({
    type: 'openai',
    api_key: '${KEY}',
    base_url,
    poll_interval: '1s',
    feeds: ['organization'],
    ...keys,
  });
  const busy = await simulated({ events: 30, spanMs: 3_600_000 });
  const refusing = await simulated({});
  const scopeless = await simulated({ knobs: { refuse: '401_object' } });
  const off = await simulated({ knobs: { logging_off: 'empty' } });
  const config = {
    sources: {
      idle: source(busy, { backfill_start_time: '2h' }),
      unreachable: source(`http://127.0.0.1:${noApi}/v1`),
      refused: source(refusing, { api_key: '${WRONG_KEY}' }),
      scope: source(scopeless),
      off: source(off),
    },
    sinks: {
      disk: { type: 'file', path: './out.ndjson' },
      siem: { type: 'splunk-hec', url: `http://127.0.0.1:${noPeer}`, token: '${TOKEN}' },
    },
    journal: { path: './journal' },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  const env = { KEY: defaultKey, WRONG_KEY: 'sk-admin-revoked', TOKEN: 'any' };
  running = start({ args: ['run'], cwd: folder, env });
  running.child.stderr.on('data', (chunk: Buffer) => {
    for (const line of String(chunk).split('\n')) if (line.startsWith('{')) log.push(JSON.parse(line));
  });
  url = JSON.parse((await running.seen(/^\{.*"STARTED".*$/m))[0]).url;
  await running.seen(/"NO_EVENTS_YET"/);
}, LONGEST_MS);

afterAll(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  for (const simulator of simulators) await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function partOf(of: string): Promise<Part | undefined> {
  const { out } = await run({ args: ['status', '--json'], cwd: folder, env: {} });
  const { feeds, sinks } = JSON.parse(out) as { readonly feeds: readonly Part[]; readonly sinks: readonly Part[] };
  return [...feeds, ...sinks].find(({ source, sink }) => (source ?? sink) === of);
}

/** Every series with 1 that is about a health or a cause of `of`. */
async function seriesOf(of: string): Promise<readonly string[]> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return lines
    .filter((line) => /^audit_relay_(feed|sink)_(health|cause)\{/.test(line) && line.includes(`"${of}"`))
    .flatMap((line) => (line.endsWith(' 1') ? [line.replace('audit_relay_', '').slice(0, -2)] : []));
}

function lastLineOf(of: string): Line | undefined {
  return log.findLast((line) => (line.source ?? line.lane) === of && line.level !== 'debug');
}

describe.each(STATES)('$name', ({ of, health, cause, words, series, logged }) => {
  test('in status', async () => {
    const part = await partOf(of);
    expect(part).toMatchObject({ health, ...(cause === undefined ? {} : { cause }) });
    if (words === undefined) expect(part).not.toHaveProperty('problem');
    else expect(part?.problem).toMatch(words);
    expect(part?.problemSince !== undefined).toBe(health === 'retrying' || health === 'paused');
  });

  test('in the metrics', async () => {
    expect(await seriesOf(of)).toEqual(series);
  });

  test('in the log', () => {
    expect(lastLineOf(of)).toEqual(logged === undefined ? undefined : expect.objectContaining(logged));
  });
});

test('each of the six is told from every other, in each of the three places', () => {
  const places = {
    status: STATES.map(({ health, cause, name }) => `${name.includes('sink')} ${health} ${cause}`),
    metrics: STATES.map(({ series, of }) => series.join(' ').replaceAll(of, '')),
    log: STATES.map(({ logged }) => `${logged?.code} ${logged?.cause}`),
  };
  for (const answers of Object.values(places)) expect(new Set(answers).size).toBe(STATES.length);
});
