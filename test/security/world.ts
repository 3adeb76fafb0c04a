/** One agent with every sink at every peer, and every source, each with secrets of its own that are written down. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canary } from './canaries.ts';
import { CA_FILE, type Peers } from './peers.ts';
import { SINKS, type SinkRow, TALKATIVE } from './sinks.ts';

/** How a sink or a source is sent to a peer; `peer` is the one behind it. */
interface Way {
  readonly kind: string;
  readonly peer?: string;
  readonly tls?: boolean;
  /** Its authority is trusted. */
  readonly trusted?: boolean;
  readonly proxied?: 'own' | 'environment';
}

const ECHOES = ['200', '400', '401', '403', '404', '413', '429', '500'].map((status) => `echo-${status}`);
const PLAIN: readonly Way[] = [...ECHOES, 'redirect-302', 'redirect-307', 'no-http', 'cut'].map((kind) => ({
  kind,
  peer: kind,
}));
const BARE: readonly Way[] = [
  { kind: 'broker', peer: 'broker' },
  { kind: 'refused' },
  { kind: 'no-http', peer: 'no-http' },
  { kind: 'cut', peer: 'cut' },
  { kind: 'tls', peer: 'tls', tls: true },
  { kind: 'tls-garbage', peer: 'no-http', tls: true },
];
const HTTP: readonly Way[] = [
  ...PLAIN,
  { kind: 'refused' },
  { kind: 'tls', peer: 'tls', tls: true },
  { kind: 'tls-trusted', peer: 'tls', tls: true, trusted: true },
  { kind: 'tls-garbage', peer: 'no-http', tls: true },
  { kind: 'proxy', peer: 'tls', tls: true, proxied: 'own' },
  { kind: 'environment-proxy', peer: 'tls', tls: true, proxied: 'environment' },
];

export const EVENT_CANARY: string = canary('event');

export interface World {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly canaries: readonly string[];
  /** What the port is asked with. */
  readonly token: string;
  readonly sinks: readonly string[];
  readonly sources: readonly string[];
  close(): void;
}

/**
 * `audit-relay.yaml` with all of it; `doctor.yaml` and `setup.yaml` with every sink and the sources that a doctor is done with
 * soon; `look.yaml` with a sink of each type alone, for commands that look at the journal of the run with the log as JSON.
 */
export async function makeWorld(peers: Peers): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-canary-'));
  const api = await startApi();
  const planter = new Planter(folder);
  const proxyAt = `127.0.0.1:${peers.port('proxy')}`;
  const environmentProxy = `http://relay:${planter.known('environmentproxy')}@${proxyAt}`;
  const placed = (name: string, way: Way) => {
    const { tls = false, trusted = false, peer, proxied } = way;
    const host = proxied === 'environment' ? 'peer.example.test' : '127.0.0.1';
    return {
      planted: {
        host,
        port: peer === undefined ? 1 : peers.port(peer),
        tls,
        secret: (key: string) => planter.plant(`${name}${key}`),
        secretFile: (key: string) => planter.plantFile(`${name}${key}`),
      },
      more: {
        ...(trusted ? { tls: { ca_file: CA_FILE } } : {}),
        ...(proxied === 'own' ? { proxy: `http://relay:${planter.plant(`${name}proxy`)}@${proxyAt}` } : {}),
      },
    };
  };
  const sinkOf = (row: SinkRow, way: Way): [string, object] => {
    const name = `${row.name ?? row.type.replaceAll(/[^a-z-]|mjs/g, '')}-${way.kind}`;
    const { planted, more } = placed(name, way);
    return [name, { type: row.type, ...row.config(planted), ...more, batch: { max_age: '10ms' } }];
  };
  const sourceOf = (way: Way): [string, object] => {
    const name = `api-${way.kind}`;
    const { planted, more } = placed(name, way);
    const user = way.kind === 'echo-401' ? `relay:${planter.plant(`${name}user`)}@` : '';
    const base_url = `${planted.tls ? 'https' : 'http'}://${user}${planted.host}:${planted.port}/v1`;
    return [name, { ...SOURCE, api_key: planted.secret('key'), base_url, ...more }];
  };
  const good = {
    ...SOURCE,
    api_key: planter.plant('good'),
    base_url: `http://127.0.0.1:${portOf(api)}/v1`,
    backfill_start_time: '1h',
  };
  const sources = HTTP.map(sourceOf);
  const sinks = SINKS.flatMap((row) => (row.http ? HTTP : BARE).map((way) => sinkOf(row, way)));
  const token = planter.known('httptoken');
  const config = {
    redact: [{ field: 'actor.session.ip_address', with: 'hash' }],
    redact_key: planter.plant('redactkey'),
    sources: { good, ...Object.fromEntries(sources) },
    sinks: { ...Object.fromEntries(sinks), disk: { type: 'file', path: join(folder, 'events.ndjson') } },
    journal: { path: join(folder, 'journal-json') },
    http: { listen: '127.0.0.1:0', token },
  };
  const soon = ['echo-401', 'environment-proxy', 'no-http', 'redirect-307'].map((kind) => `api-${kind}`);
  const few = { ...config, sources: Object.fromEntries(sources.filter(([name]) => soon.includes(name))) };
  const one = sinks.filter(([name]) => /-(echo-401|broker)$/.test(name));
  writeFileSync(join(folder, 'talkative.mjs'), TALKATIVE);
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  for (const command of ['doctor', 'setup']) {
    const elsewhere = `:${peers.port(`redirect-${command}`)}`;
    writeFileSync(
      join(folder, `${command}.yaml`),
      JSON.stringify(few).replaceAll(`:${peers.port('redirect-307')}`, elsewhere),
    );
  }
  const look = { ...few, sinks: { ...Object.fromEntries(one), disk: config.sinks.disk } };
  writeFileSync(join(folder, 'look.yaml'), JSON.stringify(look));
  return {
    folder,
    env: { ...planter.env, HTTPS_PROXY: environmentProxy },
    canaries: planter.canaries,
    token,
    sinks: sinks.map(([name]) => name),
    sources: sources.map(([name]) => name),
    close: () => {
      api.closeAllConnections();
      api.close();
    },
  };
}

const SOURCE = { type: 'openai', feeds: ['organization'], poll_interval: '1s' };

/** Where secrets are kept: in variables, in files, and in the configuration itself. */
class Planter {
  readonly canaries: string[] = [];
  readonly env: Record<string, string> = {};
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, 'secrets');
    mkdirSync(this.#folder);
  }

  /** As it is written in the configuration. */
  plant(place: string): string {
    const value = this.known(place);
    const variable = `SECRET_${this.canaries.length}`;
    if (this.canaries.length % 3 === 0) return value;
    if (this.canaries.length % 3 === 1) {
      this.env[variable] = value;
      return `\${${variable}}`;
    }
    return `\${file:${this.#written(variable, value)}}`;
  }

  /** The path of a file with it, which nobody but the sink knows to be one. */
  plantFile(place: string): string {
    return this.#written(`FILE_${this.canaries.length}`, this.known(place));
  }

  #written(name: string, value: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, value);
    return path;
  }

  /** The secret itself. */
  known(place: string): string {
    const value = canary(place);
    this.canaries.push(value);
    return value;
  }
}

/** Three events of a minute ago, with a canary that documents carry and nothing else may. */
async function startApi(): Promise<Server> {
  const effective_at = Math.floor(Date.now() / 1000) - 60;
  const events = ['a', 'b', 'c'].map((letter) => ({
    object: 'organization.audit_log',
    id: `audit_log-${letter}`,
    type: 'login.failed',
    effective_at,
    actor: {
      type: 'session',
      session: { user: { id: 'user-1', email: `${EVENT_CANARY}@example.com` }, ip_address: '192.0.2.1' },
    },
    'login.failed': { error_code: '1', error_message: EVENT_CANARY },
  }));
  const server = createServer(({ url = '' }, response) => {
    const asked = new URL(url, 'http://localhost').searchParams;
    const from = Number(asked.get('effective_at[gte]') ?? 0);
    const to = Number(asked.get('effective_at[lt]') ?? Infinity);
    const data = asked.has('after') || effective_at < from || effective_at >= to ? [] : events;
    const page = { object: 'list', data, has_more: false, first_id: data[0]?.id, last_id: data.at(-1)?.id };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

function portOf(server: Server): number {
  // It listens on a port, so it has such an address.
  return (server.address() as AddressInfo).port;
}
