/** What the `datadog` sink can be told in YAML; what every file below works from. */
import { duration, proxySchema, type TlsFiles, tlsSchema } from '@audit-relay/sink-http';
import { z } from 'zod';
import { apiOfSite, intakeOf, SITES } from './sites.ts';

/** What each key means is said by its description below. One of `site` and `url` is there; durations are milliseconds. */
export interface DatadogConfig {
  readonly site?: string;
  readonly url?: string;
  readonly api_key: string;
  readonly app_key?: string;
  readonly api_url?: string;
  readonly setup: readonly ('pipeline' | 'dashboard' | 'detection_rules' | 'monitors')[];
  readonly service: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly hostname?: string;
  readonly old_events: 'exclude' | 'restamp' | 'dead_letter';
  readonly receiver: 'intake' | 'worker';
  readonly gzip: boolean;
  readonly plain_http: boolean;
  readonly request_timeout: number;
  readonly tls?: TlsFiles;
  readonly proxy?: string;
}

const text = z.string().min(1);

const site = z
  .enum(SITES, { error: `expected a site of Datadog: ${SITES.join(', ')}` })
  .describe('The Datadog site, by its short name or its domain.')
  .meta({ examples: ['datadoghq.com'] });

const address = z
  .url({ protocol: /^https?$/, error: 'expected a URL such as https://datadog-proxy.example.com', abort: true })
  .refine((address) => new URL(address).username === '' && new URL(address).password === '', {
    error: 'expected no credentials in the address: the key stands under api_key',
  })
  .refine((address) => new URL(address).search === '' && new URL(address).hash === '', {
    error: 'expected an address without ? and #: a key in it would go before the header',
  });

const url = address
  .describe(
    'In place of `site`: a proxy, a private link or an Observability Pipelines Worker, with or without `/api/v2/logs`.',
  )
  .meta({ examples: ['https://datadog-proxy.example.com'] });

/** A header's text: what a file brings along at its end would be refused by the network, not by Datadog. */
const key = text.regex(/^[\x21-\x7e]+$/, { error: 'expected the key itself, without spaces' });

/** docs.datadoghq.com/getting_started/tagging: begins with a letter, 200 characters at most; a comma would part it in `ddtags`. */
const tag = z.string().regex(/^\p{L}[\p{L}\p{N}_\-:./]{0,199}$/u, {
  error: 'expected a tag such as env:prod: a letter first, then letters, digits and _ - : . / up to 200 in all',
});

const keys = z.strictObject({
  site: site.exactOptional(),
  url: url.exactOptional(),
  api_key: key
    .describe('The API key, best from a file: `${file:/run/secrets/dd_api_key}`.')
    .meta({ examples: ['${DD_API_KEY}'] }),
  app_key: key
    .exactOptional()
    .describe('An application key, for `audit-relay setup` alone; events are sent without it.')
    .meta({ examples: ['${DD_APP_KEY}'] }),
  api_url: address
    .exactOptional()
    .describe('Address of Datadog’s API, for `setup` and `doctor`. Absent: that of `site`; with `url`, none.')
    .meta({ examples: ['https://api.datadoghq.eu'] }),
  setup: z
    .array(z.enum(['pipeline', 'dashboard', 'detection_rules', 'monitors']))
    .default(['pipeline', 'dashboard', 'detection_rules', 'monitors'])
    .describe('What `audit-relay setup` puts at Datadog; detection rules need Cloud SIEM.'),
  service: text.default('openai').describe('Datadog’s `service` of the events.'),
  source: text
    .default('openai-audit')
    .describe('Datadog’s `source` of the events (`ddsource`), by which it chooses the pipeline.'),
  tags: z.array(tag).max(90).default([]).describe('Tags of every event, such as `env:prod`.'),
  hostname: text
    .exactOptional()
    .describe('Datadog’s `host`. Absent: none, as the events are of no host, and each host is billed.')
    .meta({ examples: ['audit-relay-1'] }),
  old_events: z
    .enum(['exclude', 'restamp', 'dead_letter'])
    .default('exclude')
    .describe(
      'What becomes of events that were more than 18 hours old when they were received (a backfill), which Datadog drops: left out and counted, sent with the time of sending, or set aside.',
    ),
  receiver: z
    .enum(['intake', 'worker'])
    .default('intake')
    .describe(
      'What stands at `url`: the intake, or a way to it; or an Observability Pipelines Worker whose source is the Datadog Agent, which takes events in the form of the Agent alone.',
    ),
  gzip: z.boolean().default(true).describe('Whether requests are compressed.'),
  plain_http: z
    .boolean()
    .default(false)
    .describe(
      'Whether `url` may be http beyond this machine, for a worker in your own network: key and events are readable there.',
    ),
  request_timeout: duration({ min: '100ms', max: '5m' }).prefault('60s').describe('Longest wait for one answer.'),
  tls: tlsSchema
    .exactOptional()
    .describe('For a certificate authority of your own, and for client certificates.')
    .meta({ examples: [{ ca_file: '/etc/ssl/company-ca.pem' }] }),
  proxy: proxySchema
    .exactOptional()
    .describe('An HTTP proxy, such as `http://proxy.example.com:3128`; goes before `HTTPS_PROXY`.')
    .meta({ examples: ['http://proxy.example.com:3128'] }),
});

export const datadogConfigSchema: z.ZodType<DatadogConfig> = keys.superRefine((config, context) => {
  if ((config.site === undefined) === (config.url === undefined)) {
    context.addIssue({ code: 'custom', path: ['site'], message: 'expected either site or url' });
  }
  if (config.site !== undefined && config.receiver === 'worker') {
    context.addIssue({ code: 'custom', path: ['receiver'], message: 'expected intake: a worker stands at a url' });
  }
  if (config.url !== undefined && !config.plain_http && !isSafe(config.url)) {
    const message =
      'expected https: key and events would cross the network in the clear (plain_http: true allows it in your own)';
    context.addIssue({ code: 'custom', path: ['url'], message });
  }
  if (config.api_url !== undefined && !isSafe(config.api_url)) {
    const message = 'expected https: both keys would cross the network in the clear (http only for loopback)';
    context.addIssue({ code: 'custom', path: ['api_url'], message });
  }
});

/** Below it stands `/api/v2/logs`. */
export function baseOf({ site: name, url: address }: Pick<DatadogConfig, 'site' | 'url'>): string {
  if (address === undefined) return intakeOf(name ?? 'us1');
  // What people copy from examples ends in the path that is put there anyway.
  return address
    .replace(/\/+$/, '')
    .replace(/\/api\/v2\/logs$/, '')
    .replace(/\/+$/, '');
}

/** Where Datadog's API is, without a slash at its end; undefined: nobody has said. */
export function apiOf({ site: name, api_url }: Pick<DatadogConfig, 'site' | 'api_url'>): string | undefined {
  if (api_url !== undefined) return api_url.replace(/\/+$/, '');
  return name === undefined ? undefined : apiOfSite(name);
}

function isSafe(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
