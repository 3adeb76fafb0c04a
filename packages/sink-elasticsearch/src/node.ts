/** One node of the cluster: its URL, and how it is reached, by the package that every request of the agent goes through. */
import type { SinkContext } from '@audit-relay/sink';
import { type HttpClient, openHttpClient } from '@audit-relay/sink-http';
import type { Auth, ElasticsearchConfig } from './config.ts';

/** At most this many connections to one node: more than `maxInFlight` never serve anybody. */
const CONNECTIONS = 8;

/** Touches files and not the network. @throws TlsFileError, ProxyError */
export function openNode(url: string, config: ElasticsearchConfig, context: SinkContext): HttpClient {
  const proxy = config.proxy ?? context.proxyFor(new URL(url).href);
  return openHttpClient({
    url,
    urlKey: config.cloud_id === undefined ? 'nodes' : 'cloud_id',
    headers: { 'user-agent': context.userAgent, ...(config.auth === undefined ? {} : authOf(config.auth)) },
    connections: CONNECTIONS,
    timeoutMs: config.request_timeout_ms,
    ...(config.tls === undefined ? {} : { tls: config.tls }),
    ...(config.ca_fingerprint === undefined ? {} : { caFingerprint: config.ca_fingerprint }),
    ...(proxy === undefined ? {} : { proxy }),
  });
}

/** https://www.elastic.co/docs/api/doc/elasticsearch/authentication, read in November 2026. */
function authOf({ api_key, username = '', password = '', bearer }: Auth): { readonly authorization: string } {
  if (api_key !== undefined) return { authorization: `ApiKey ${api_key}` };
  if (bearer !== undefined) return { authorization: `Bearer ${bearer}` };
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
