/** The way to Datadog's API for set-up: an address, two keys, the official client on our own network, or why there is none. */
import type { SinkContext } from '@audit-relay/sink';
import { type HttpClient, openHttpClient } from '@audit-relay/sink-http';
import { apiOf, type DatadogConfig } from '../config.ts';
import { Caller } from './caller.ts';
import { INSTALL, type Load, loadOfficialClient } from './official-client.ts';
import type { DatadogApi, Refusal } from './shapes.ts';
import { shelfOf } from './shelves.ts';
import { Transport } from './transport.ts';

export interface Opening {
  readonly config: DatadogConfig;
  readonly context: SinkContext;
  readonly signal: AbortSignal;
  /** A test has one that finds nothing. */
  readonly load?: Load;
}

export type Opened =
  | { readonly api: DatadogApi; close(): Promise<void> }
  /** `name`: what is missing. */
  | { readonly name: string; readonly refusal: Refusal };

/** @throws TlsFileError, ProxyError, and what keeps the client from loading. */
export async function openDatadog({ config, context, signal, load }: Opening): Promise<Opened> {
  const base = apiOf(config);
  if (base === undefined) return NO_API;
  const { app_key: appKey, api_key: apiKey } = config;
  if (appKey === undefined) return NO_APP_KEY;
  const official = await loadOfficialClient(load);
  if (official === undefined) return NO_CLIENT;
  const http = openApiHttp(base, config, context);
  const transport = new Transport({ http, base, userAgent: context.userAgent, signal });
  const caller = new Caller({ official, transport, base, site: new URL(base).hostname, apiKey, appKey, signal });
  const api: DatadogApi = { refusedKeys: () => refusedKeys(caller), shelf: (kind) => shelfOf(kind, caller) };
  return { api, close: () => http.close() };
}

/** @param base of `apiOf`. @throws TlsFileError, ProxyError. */
export function openApiHttp(base: string, config: DatadogConfig, context: SinkContext): HttpClient {
  const { tls, request_timeout, api_url } = config;
  const proxy = config.proxy ?? context.proxyFor(base);
  return openHttpClient({
    url: base,
    urlKey: api_url === undefined ? 'site' : 'api_url',
    ...(tls === undefined ? {} : { tls }),
    ...(proxy === undefined ? {} : { proxy }),
    headers: { 'user-agent': context.userAgent },
    timeoutMs: request_timeout,
  });
}

const NO_API = {
  name: 'site',
  refusal: {
    detail: 'url leads to logs alone, and set-up needs Datadog’s API',
    fix: 'put the address of the API of your site under api_url, such as https://api.datadoghq.com',
  },
};
const NO_APP_KEY = {
  name: 'application key',
  refusal: {
    detail: 'set-up needs one, and app_key is not there',
    fix: 'make one under Organization Settings, Application Keys, with the scopes of the README, and put it under app_key',
  },
};
const NO_CLIENT = {
  name: 'client',
  refusal: {
    detail:
      'set-up needs Datadog’s own client, which is not installed: it takes 140 MB, and only set-up has a use for it',
    fix: INSTALL,
  },
};

/** First the API key alone, so that the two are told apart. */
async function refusedKeys(caller: Caller): Promise<Refusal | undefined> {
  const { v1, v2 } = caller.official;
  const one = await caller.call({ group: v1.AuthenticationApi, operation: 'validate', scope: '' });
  if ('refusal' in one) return isOfKey(one.status) ? API_KEY : one.refusal;
  const both = await caller.call({ group: v2.KeyManagementApi, operation: 'validateAPIKey', scope: '' });
  if ('refusal' in both) return isOfKey(both.status) ? APP_KEY : both.refusal;
  return undefined;
}

function isOfKey(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

const API_KEY = {
  detail: 'the API key is not known at this site',
  fix: 'put a valid key under api_key, and the site of its organization under site: a key is known at one site alone',
};
const APP_KEY = {
  detail: 'the application key is not known, or is of another organization than the API key',
  fix: 'put one under app_key that a user of the same organization has made',
};
