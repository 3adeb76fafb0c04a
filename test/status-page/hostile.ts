/** A running agent whose API, peers and sinks say what would take over a page, or the lines beside it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killed } from '../agent/agents.ts';
import { start } from '../agent/command.ts';

/** Runs, if a page lets it. */
const SCRIPT =
  '<img src=x onerror="window.taken=1"><script>window.taken=1</script><a href="javascript:window.taken=1">here</a>';
/** Turns what follows from right to left, hides, breaks the line, and ends an attribute or a message of the stream. */
const TURNING = '\u202etxet\u2066\u200b\u0007\u001b[2J\u009b2J\u2028\n\ndata: {}\n\n"\'`]]>--><!--';

/** What the page has to show as the text that it is. */
export const SHOWN: string = SCRIPT;
export const HOSTILE: string = `${SCRIPT}${TURNING}`;

const REFUSING = `
const reason = ${JSON.stringify(HOSTILE)};
const sinkOf = (type, failure) => ({
  type,
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  limits: () => ({ maxEvents: 1, maxBytes: 1e6, maxEventBytes: 1e6, maxInFlight: 1, sendMs: 1_000 }),
  open: async (_, context) => {
    context.count(reason, 1);
    return { send: async () => failure, check: async () => [], close: async () => {} };
  },
});
`;

export interface Hostile {
  readonly url: string;
  close(): Promise<void>;
}

export async function openHostile(): Promise<Hostile> {
  const api = await listening();
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-hostile-'));
  for (const kind of ['rejected', 'blocked']) {
    const exported = `export const sink = sinkOf('${kind}', { kind: '${kind}', reason });\n`;
    writeFileSync(join(folder, `${kind}.mjs`), REFUSING + exported);
  }
  // It listens on a port, so it has such an address.
  const { port } = api.address() as AddressInfo;
  const source = {
    type: 'openai',
    api_key: 'k',
    feeds: ['organization'],
    poll_interval: '1s',
    backfill_start_time: '1h',
  };
  const config = {
    name: 'hostile',
    sources: {
      acme: { ...source, base_url: `http://127.0.0.1:${port}/v1` },
      refusing: { ...source, base_url: `http://127.0.0.1:${port}/refusing` },
    },
    sinks: { letters: { type: './rejected.mjs' }, held: { type: './blocked.mjs' } },
    journal: { path: './data' },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  const running = start({ args: ['run'], cwd: folder });
  const [line = ''] = await running.seen(/^\{.*"STARTED".*$/m);
  return {
    url: String(Object(JSON.parse(line)).url),
    close: async () => {
      await killed(running);
      api.closeAllConnections();
      api.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One event, hostile in all that its actor could choose and in more; and a place that refuses with such words. */
async function listening(): Promise<Server> {
  const effective_at = Math.floor(Date.now() / 1000) - 60;
  const session = { user: { id: HOSTILE, name: HOSTILE, email: HOSTILE }, ip_address: HOSTILE, user_agent: HOSTILE };
  const event = {
    id: `audit_log-${HOSTILE}`,
    type: `new.${HOSTILE}`,
    effective_at,
    actor: { type: 'session', session },
  };
  const whole = JSON.stringify({ ...event, [event.type]: { [HOSTILE]: HOSTILE } });
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json').setHeader('x-request-id', encodeURI(SCRIPT));
    if (url.startsWith('/refusing')) {
      const error = { message: HOSTILE, type: HOSTILE, code: HOSTILE, param: HOSTILE };
      response.writeHead(401).end(JSON.stringify({ error }));
      return;
    }
    const asked = new URL(url, 'http://localhost').searchParams;
    const isIn = effective_at >= Number(asked.get('effective_at[gte]')) && !asked.has('after');
    const ids = isIn ? { first_id: event.id, last_id: event.id } : { first_id: null, last_id: null };
    response.end(
      `${JSON.stringify({ object: 'list', has_more: false, ...ids }).slice(0, -1)},"data":[${isIn ? whole : ''}]}`,
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}
