/** One relay by the real command on a disk that refuses, with two sinks: a file on that disk, and a peer that rejects every third event. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { type Ended, type Running, run, start } from '../agent/command.ts';
import { freePorts } from '../services/ports.ts';
import { FaultyDisk } from './faulty-disk.ts';

const HURRY = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? './hurry.js' : '../dist/faulty-disk/hurry.js', import.meta.url),
);

/** Rejects every third second's events, and keeps the ids of the others on a disk that is well. Says nothing while it is held. */
const PICKY = `
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
const failure = { kind: 'rejected', reason: 'no such field' };
const isRejected = ({ timeMs }) => (timeMs / 1000) % 3 === 0;
export const picky = {
  type: 'picky',
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  limits: () => ({ maxEvents: 50, maxBytes: 1e6, maxEventBytes: 1e5, maxInFlight: 2, sendMs: 60000 }),
  open: async ({ peer }) => ({
    send: async ({ envelopes, replay }) => {
      while (existsSync(peer + '.hold')) await setTimeout(10);
      const failures = envelopes.flatMap((one, index) => (isRejected(one) ? [{ index, failure }] : []));
      const taken = envelopes.filter((one) => !isRejected(one));
      appendFileSync(peer, taken.map(({ id }) => id + ' ' + replay + '\\n').join(''));
      return failures.length === 0 ? { kind: 'acked' } : { kind: 'partial', acked: taken.length, failures };
    },
    check: async () => [],
    close: async () => {},
  }),
};`;

export interface Answer {
  readonly code: number;
  readonly text: string;
}

interface SinkFigures {
  readonly sink: string;
  readonly behind: number;
  readonly law: Readonly<Record<'journaled' | 'acked' | 'deadLettered', number>>;
}

interface DiskWorldOptions {
  readonly library: string;
  /** Where the journal is; default: a folder of the world's own. */
  readonly journal?: string;
}

export class DiskWorld {
  readonly disk: FaultyDisk;
  readonly journal: string;
  readonly #folder: string;
  readonly #simulator: Simulator;
  readonly #port: number;
  readonly #config: { readonly sinks: object; readonly [key: string]: unknown };
  #events = 0;
  #agent: Running | undefined;

  static async make({ library, journal }: DiskWorldOptions): Promise<DiskWorld> {
    const [port = 0] = await freePorts(1);
    return new DiskWorld({ library, journal, simulator: await startSimulator(), port });
  }

  private constructor(parts: {
    readonly library: string;
    readonly journal: string | undefined;
    readonly simulator: Simulator;
    readonly port: number;
  }) {
    this.#folder = mkdtempSync(join(tmpdir(), 'audit-relay-faulty-'));
    this.#simulator = parts.simulator;
    this.#port = parts.port;
    this.disk = new FaultyDisk(parts.library, this.#folder);
    this.journal = parts.journal ?? join(this.#folder, 'journal');
    mkdirSync(this.fileFolder);
    writeFileSync(join(this.#folder, 'picky.mjs'), PICKY);
    const source = { type: 'openai', api_key: '${KEY}', base_url: this.#simulator.url, poll_interval: '1s' };
    const batch = { max_age: '0s' };
    this.#config = {
      sources: { acme: { ...source, requests_per_second: 100, backfill_start_time: '2h' } },
      sinks: {
        lake: { type: 'file', path: this.#lines, format: 'raw', batch },
        siem: { type: './picky.mjs', peer: this.#peer, format: 'raw', batch },
      },
      journal: { path: this.journal },
      http: { listen: `127.0.0.1:${this.#port}` },
    };
    this.writeConfiguration(JSON.stringify(this.#config));
  }

  /** What the agent runs by, changed under it. */
  writeConfiguration(text: string): void {
    writeFileSync(join(this.#folder, 'audit-relay.yaml'), text);
  }

  /** The configuration with one more sink, a file of its own. */
  withSink(name: string): string {
    const more = { type: 'file', path: join(this.fileFolder, name), format: 'raw' };
    return JSON.stringify({ ...this.#config, sinks: { ...this.#config.sinks, [name]: more } });
  }

  /** The peer of `siem` hangs while this is there. */
  get hold(): string {
    return `${this.#peer}.hold`;
  }

  /** Of the file sink. */
  get fileFolder(): string {
    return join(this.#folder, 'lake');
  }

  get #lines(): string {
    return join(this.fileFolder, 'events');
  }

  get #peer(): string {
    return join(this.#folder, 'siem');
  }

  /** An agent in a process of its own, which loads the disk first; the one before has ended. */
  begin({ log }: { readonly log?: string } = {}): Running {
    this.#agent = start({
      args: ['run', '--grace', '100s', ...(log === undefined ? [] : ['--log-level', 'debug'])],
      cwd: this.#folder,
      env: { KEY: defaultKey, ...this.disk.env },
      preload: HURRY,
      ...(log !== undefined && { log }),
    });
    return this.#agent;
  }

  /** The agent that was begun last. */
  begun(): Running {
    if (this.#agent === undefined) throw new Error('no agent was begun');
    return this.#agent;
  }

  /** By a signal, in order. */
  async end(): Promise<Ended> {
    const { child, ended } = this.begun();
    child.kill('SIGTERM');
    return ended;
  }

  /** A command of it, on a disk that is well. */
  command(...args: readonly string[]): Promise<Ended> {
    return run({ args, cwd: this.#folder, env: { KEY: defaultKey } });
  }

  /** Three events, of which the peer rejects one. */
  happen(): void {
    const records = [0, 1, 2].map((back) => {
      this.#events += 1;
      return { id: `audit_log-${this.#events}`, type: 'project.created', effective_at: seconds() - 30 - back };
    });
    this.#simulator.add(records.map((record) => ({ record: JSON.stringify(record) })));
  }

  truth(): ReadonlySet<string> {
    return new Set([...this.#simulator.truth()].map(({ id }) => id ?? ''));
  }

  /** Ids in the sink's file, line by line. */
  lake(): readonly string[] {
    const lines = existsSync(this.#lines) ? readFileSync(this.#lines, 'utf8').split('\n').slice(0, -1) : [];
    return lines.map((line) => String(Object(JSON.parse(line)).id));
  }

  /** Ids that the peer has taken, but for copies that were marked as such. */
  siem(): readonly string[] {
    const lines = existsSync(this.#peer) ? readFileSync(this.#peer, 'utf8').split('\n').slice(0, -1) : [];
    return lines.flatMap((line) => (line.endsWith(' false') ? [line.split(' ')[0] ?? ''] : []));
  }

  /** Ids that the peer has taken in any way. */
  siemAtAll(): ReadonlySet<string> {
    const lines = existsSync(this.#peer) ? readFileSync(this.#peer, 'utf8').split('\n').slice(0, -1) : [];
    return new Set(lines.map((line) => line.split(' ')[0] ?? ''));
  }

  /** Everything is at both sinks, or is one of every three that the peer rejects. */
  isDelivered(): boolean {
    const { size } = this.truth();
    return new Set(this.lake()).size === size && this.siemAtAll().size === (size / 3) * 2;
  }

  /** Both sinks have settled all of it, and their cursors and dead letters are on disk. */
  async settled(): Promise<void> {
    for (;;) {
      const answer = await this.get('/status');
      const { lanes = {} } = Object(JSON.parse(answer?.text ?? '{}')).journal ?? {};
      const behind = Object.values(lanes).map((lane) => Object(lane).behindEntries);
      if (this.isDelivered() && behind.length === 2 && behind.every((count) => count === 0)) return;
      await setTimeout(20);
    }
  }

  /** What is wrong at the peers and in the journal's own figures, in words: each event once, by its id. */
  async wrong(): Promise<readonly string[]> {
    const truth = this.truth();
    const { out } = await this.command('dead-letters', 'list', '--json', '--limit', '1000');
    const letters = JSON.parse(out) as readonly { readonly event: { readonly id: string } }[];
    const dead = letters.map(({ event }) => event.id);
    const lake = this.lake();
    const first = this.siem();
    const { out: status } = await this.command('status', '--json');
    const { sinks } = JSON.parse(status) as { readonly sinks: readonly SinkFigures[] };
    const rules: readonly (readonly [isWrong: boolean, words: string])[] = [
      [lake.length !== truth.size || new Set(lake).size !== truth.size, `lake has ${lake.length} of ${truth.size}`],
      [new Set(first).size !== first.length, 'siem has an event twice, unmarked'],
      [dead.length !== truth.size / 3 || new Set(dead).size !== dead.length, `${dead.length} dead letters`],
      [dead.some((id) => this.siemAtAll().has(id)), 'a dead letter is at siem too'],
      [[...truth].some((id) => !dead.includes(id) && !this.siemAtAll().has(id)), 'siem lacks an event'],
      ...sinks.map(({ sink, law, behind }): [boolean, string] => [
        law.journaled !== truth.size || law.acked + law.deadLettered !== truth.size || behind !== 0,
        `the figures of ${sink} are ${JSON.stringify(law)}`,
      ]),
    ];
    return rules.flatMap(([isWrong, words]) => (isWrong ? [words] : []));
  }

  /** Undefined: the port is closed. */
  async get(path: string): Promise<Answer | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#port}${path}`);
      return { code: response.status, text: await response.text() };
    } catch {
      return undefined;
    }
  }

  /** Resolves with the first answer of `/readyz` that has this code and these words. */
  async readiness(code: 200 | 503, words: RegExp = /^/): Promise<string> {
    for (;;) {
      const answer = await this.get('/readyz');
      if (answer?.code === code && words.test(answer.text)) return answer.text;
      await setTimeout(20);
    }
  }

  async remove(): Promise<void> {
    this.#agent?.child.kill('SIGKILL');
    await this.#agent?.ended;
    await this.#simulator.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}

/** Looks until it is so; the test's own time limit ends it. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(20);
}
