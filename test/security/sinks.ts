/** The sinks that the canaries are planted in: a new one joins with one row. */
import { CA_FILE } from './peers.ts';

/** Where a sink is sent, and the secrets that it is given there. */
export interface Planted {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** One secret for each call. */
  secret(key: string): string;
  /** The path of a file that holds one, for a sink that reads it by itself. */
  secretFile(key: string): string;
}

export interface SinkRow {
  readonly type: string;
  /** Where two rows are of one type. */
  readonly name?: string;
  /** Speaks HTTP: goes to every peer, and through proxies. Otherwise to those alone that need none. */
  readonly http: boolean;
  config(planted: Planted): object;
}

const url = ({ host, port, tls }: Planted): string => `${tls ? 'https' : 'http'}://${host}:${port}`;

const cluster = ({ host, port, tls }: Planted): object => ({
  brokers: [`${host}:${port}`],
  topic: 'audit',
  connect_timeout: '2s',
  ...(tls ? { tls: { ca_file: CA_FILE } } : {}),
});

export const SINKS: readonly SinkRow[] = [
  {
    type: 'elasticsearch',
    http: true,
    config: (planted) => ({
      nodes: [url(planted)],
      auth: { username: 'elastic', password: planted.secret('password') },
    }),
  },
  { type: 'splunk-hec', http: true, config: (planted) => ({ url: url(planted), token: planted.secret('token') }) },
  {
    type: 'datadog',
    http: true,
    config: (planted) => ({
      url: url(planted),
      api_url: url(planted),
      api_key: planted.secret('apikey'),
      app_key: planted.secret('appkey'),
    }),
  },
  {
    type: 'kafka',
    http: false,
    config: (planted) => ({
      ...cluster(planted),
      sasl: { mechanism: 'plain', username: 'relay', password: planted.secret('password') },
    }),
  },
  {
    type: 'kafka',
    name: 'kafka-bearer',
    http: false,
    config: (planted) => ({
      ...cluster(planted),
      sasl: { mechanism: 'oauthbearer', token_file: planted.secretFile('token') },
    }),
  },
  {
    // A sink of somebody else's that says its secret wherever it can.
    type: './talkative.mjs',
    http: true,
    config: (planted) => ({ url: url(planted), token: planted.secret('token') }),
  },
];

/** Whoever writes a sink may do all of this; the agent is the last to see it. */
export const TALKATIVE = `
export const talkative = {
  type: 'talkative',
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  limits: () => ({ maxEvents: 1, maxBytes: 1e6, maxEventBytes: 1e6, maxInFlight: 1, sendMs: 1_000 }),
  open: async ({ token, url }, context) => {
    const last = Number(url.slice(-1));
    context.log('TALKATIVE', { token, said: 'with ' + token, deep: { deeper: [token] } }, 'warn');
    if (last % 5 === 0) throw new Error('cannot open with ' + token);
    return {
      send: async () => {
        context.count('with_' + token, 1);
        if (last % 5 === 1) throw new Error('cannot send with ' + token);
        if (last % 5 === 2) return { kind: 'rejected', reason: 'never with ' + token };
        if (last % 5 === 3) return { kind: 'partial', acked: 0, failures: [{ index: 0, failure: { kind: 'rejected', reason: token } }] };
        return { kind: 'blocked', reason: 'not with ' + token };
      },
      check: async () => [{ name: token, verdict: 'fail', detail: 'not with ' + token, fix: 'another than ' + token }],
      close: async () => { throw new Error('cannot close with ' + token); },
    };
  },
  setup: async ({ token }) => [{ name: token, outcome: 'failed', detail: token, fix: token }],
};
`;
