/** One relay by the real command with plain peers in files, each of which can be told to hang, to be slow, to be dead or to refuse. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { defaultKey, type Simulator } from '@audit-relay/openai-simulator';
import { type Ended, type Running, start } from '../agent/command.ts';
import { freePorts } from '../services/ports.ts';

/** Keeps the ids that it takes, in order; how it behaves stands in a file, which it reads at each send. */
const PEER = `
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
export const peer = {
  type: 'peer',
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  limits: () => ({ maxEvents: 20, maxBytes: 1e7, maxEventBytes: 1e6, maxInFlight: 1, sendMs: 600000 }),
  open: async ({ peer }) => ({
    send: async ({ envelopes, replay }, { signal }) => {
      const mode = readFileSync(peer + '.mode', 'utf8');
      if (mode === 'hangs') await setTimeout(3600000, undefined, { signal });
      if (mode === 'is slow') await setTimeout(500, undefined, { signal });
      if (mode === 'is dead') return { kind: 'retryable', why: 'failed', reason: 'ECONNREFUSED' };
      if (mode === 'refuses') return { kind: 'retryable', why: 'refused', reason: 'HTTP 429', retryAfterMs: 50 };
      if (mode === 'is locked') return { kind: 'blocked', reason: 'HTTP 401: another token' };
      appendFileSync(peer, envelopes.map(({ id }) => id + ' ' + replay + '\\n').join(''));
      return { kind: 'acked' };
    },
    check: async () => [],
    close: async () => {},
  }),
};`;

export type Mode = 'is well' | 'hangs' | 'is slow' | 'is dead' | 'refuses' | 'is locked';

/** What of `/status` the tests look at. */
export interface Figures {
  readonly lanes: Readonly<
    Record<string, { readonly health: string; readonly problem?: string; readonly concurrency: number }>
  >;
  readonly journal: {
    readonly fullBecauseOf?: string;
    readonly lanes: Readonly<
      Record<string, { readonly behindEntries: number; readonly law: Readonly<Record<'journaled' | 'held', number>> }>
    >;
  };
}

export interface WorldOptions {
  readonly simulator: Simulator;
  readonly sinks: readonly string[];
  readonly maxBytes?: string;
}

export class IsolationWorld {
  readonly #folder: string;
  readonly #port: number;
  #agent: Running | undefined;

  static async make(options: WorldOptions): Promise<IsolationWorld> {
    const [port = 0] = await freePorts(1);
    return new IsolationWorld(options, port);
  }

  private constructor({ simulator, sinks, maxBytes = '64MiB' }: WorldOptions, port: number) {
    this.#folder = mkdtempSync(join(tmpdir(), 'audit-relay-isolation-'));
    this.#port = port;
    writeFileSync(join(this.#folder, 'peer.mjs'), PEER);
    const source = { type: 'openai', api_key: '${KEY}', base_url: simulator.url, poll_interval: '1s' };
    const sink = (name: string): object => ({
      type: './peer.mjs',
      peer: this.#path(name),
      format: 'raw',
      batch: { max_age: '0s' },
    });
    const config = {
      sources: { acme: { ...source, requests_per_second: 100, backfill_start_time: '6d' } },
      sinks: Object.fromEntries(sinks.map((name) => [name, sink(name)])),
      journal: { path: join(this.#folder, 'journal'), max_bytes: maxBytes, retention: '0s' },
      http: { listen: `127.0.0.1:${port}` },
    };
    writeFileSync(join(this.#folder, 'audit-relay.yaml'), JSON.stringify(config));
    for (const name of sinks) this.tell(name, 'is well');
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  tell(name: string, mode: Mode): void {
    writeFileSync(`${this.#path(name)}.mode`, mode);
  }

  begin(graceMs: number): void {
    const args = ['run', '--grace', `${graceMs}ms`];
    this.#agent = start({ args, cwd: this.#folder, env: { KEY: defaultKey } });
  }

  /** By these signals, one after the other. */
  async end(...signals: readonly NodeJS.Signals[]): Promise<Ended> {
    if (this.#agent === undefined) throw new Error('no agent was begun');
    const { child, ended } = this.#agent;
    for (const signal of signals) child.kill(signal);
    return ended;
  }

  /** What a peer was given and took, in order. */
  taken(name: string): readonly { readonly id: string; readonly replay: boolean }[] {
    const path = this.#path(name);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    return lines.map((line) => ({ id: line.split(' ')[0] ?? '', replay: line.endsWith(' true') }));
  }

  ids(name: string): readonly string[] {
    return this.taken(name).map(({ id }) => id);
  }

  async get(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`);
    return `${response.status} ${await response.text()}`;
  }

  async figures(): Promise<Figures> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/status`);
    // As the agent made it.
    return (await response.json()) as Figures;
  }

  async remove(): Promise<void> {
    this.#agent?.child.kill('SIGKILL');
    await this.#agent?.ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Looks until it is so; the test's own time limit ends it. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (;;) {
    if (await Promise.resolve(isSo()).catch(() => false)) return;
    await setTimeout(20);
  }
}
