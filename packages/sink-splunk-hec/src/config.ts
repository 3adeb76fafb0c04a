/** What the `splunk-hec` sink can be told in YAML; what every file below works from. */
import { duration, proxySchema, size, type TlsFiles, tlsSchema } from '@audit-relay/sink-http';
import { z } from 'zod';

/** What each key means is said by its description below. One of `url` and `urls` is there; durations are milliseconds. */
export interface SplunkHecConfig {
  readonly url?: string;
  readonly urls?: readonly string[];
  readonly token: string;
  readonly index?: string;
  readonly sourcetype?: string;
  readonly source: string;
  readonly host?: string;
  readonly indexer_ack: 'auto' | 'required' | 'off';
  readonly ack_timeout: number;
  readonly ack_poll_interval: number;
  /** Bytes of memory. */
  readonly max_unacked_bytes: number;
  readonly receiver: 'splunk' | 'other';
  readonly gzip: boolean;
  readonly request_timeout: number;
  readonly tls?: TlsFiles;
  readonly proxy?: string;
}

const text = z.string().min(1);

const address = z
  .url({ protocol: /^https?$/, error: 'expected a URL such as https://splunk.example.com:8088', abort: true })
  .refine((url) => new URL(url).protocol === 'https:' || isLoopback(url), {
    error: 'expected https: the token and events would cross the network in the clear (http only for loopback)',
  })
  .refine((url) => new URL(url).username === '' && new URL(url).password === '', {
    error: 'expected no credentials in the address: the token stands under token',
  })
  .refine((url) => new URL(url).search === '' && new URL(url).hash === '', {
    error: 'expected an address without ? and #: a token in it would go before the header',
  });

const token = text
  .regex(/^[\x21-\x7e]+$/, { error: 'expected the token itself, without spaces', abort: true })
  .describe('The HEC token, best from a file: `${file:/run/secrets/splunk_token}`.')
  .meta({ examples: ['${file:/run/secrets/splunk_token}'] });

const keys = z.strictObject({
  url: address
    .exactOptional()
    .describe('Address of the HTTP Event Collector, with or without a path; https unless loopback.')
    .meta({ examples: ['https://splunk.example.com:8088'] }),
  urls: z
    .array(address)
    .min(1)
    .refine((urls) => new Set(urls.map(baseOf)).size === urls.length, { error: 'expected each address once' })
    .exactOptional()
    .describe('Several addresses in place of `url`, used in turn.')
    .meta({ examples: [['https://hec-1.example.com:8088', 'https://hec-2.example.com:8088']] }),
  token,
  index: text
    .regex(/^[a-z0-9_][a-z0-9_-]*$/, { error: 'expected the name of an index: lower case, digits, _ and -' })
    .exactOptional()
    .describe('Index of the events; the token must allow it. Absent: the default index of the token.')
    .meta({ examples: ['security'] }),
  sourcetype: text
    .exactOptional()
    .describe('Absent: `openai:audit:` and the format, such as `openai:audit:ecs`.')
    .meta({ examples: ['openai:audit:ecs'] }),
  source: text.default('openai:audit_logs').describe('Splunk’s `source` of the events.'),
  host: text
    .exactOptional()
    .describe('Splunk’s `host`. Absent: `openai:` and the organization’s id, or else the name of our source.')
    .meta({ examples: ['openai-acme'] }),
  indexer_ack: z
    .enum(['auto', 'required', 'off'])
    .default('auto')
    .describe(
      'Whether events count as delivered only once they are indexed: `auto` where the token has it, `required` or nothing is sent, `off` never.',
    ),
  ack_timeout: duration({ min: '1s', max: '60m' })
    .prefault('300s')
    .describe('How long an acknowledgment is waited for before the events go again. Less than 5 min doubles events.'),
  ack_poll_interval: duration({ min: '10ms', max: '60s' })
    .prefault('10s')
    .describe('How often acknowledgments are asked for, each address once for all that waits.'),
  max_unacked_bytes: size({ min: '8MB', max: '16GiB' })
    .prefault('256MiB')
    .describe('Memory for events that wait for their acknowledgment: about four bytes for each of their documents.'),
  receiver: z
    .enum(['splunk', 'other'])
    .default('splunk')
    .describe('`other`: takes events as Splunk does but answers without its codes, so that HTTP 200 alone is a yes.'),
  gzip: z.boolean().default(true).describe('Whether requests are compressed.'),
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

export const splunkHecConfigSchema: z.ZodType<SplunkHecConfig> = keys.superRefine((config, context) => {
  if ((config.url === undefined) === (config.urls === undefined)) {
    context.addIssue({ code: 'custom', path: ['url'], message: 'expected either url or urls' });
  }
  if (config.receiver === 'other' && config.indexer_ack === 'required') {
    const message = 'expected auto or off: only Splunk acknowledges what it has indexed';
    context.addIssue({ code: 'custom', path: ['indexer_ack'], message });
  }
});

/** The addresses to send to, each without a path of HEC's own. */
export function basesOf({ url, urls = [] }: Pick<SplunkHecConfig, 'url' | 'urls'>): readonly string[] {
  return (url === undefined ? urls : [url]).map(baseOf);
}

/** What people copy from examples ends in the path that is put there anyway; a prefix before it is a proxy's. */
export function baseOf(url: string): string {
  return url.replace(/\/services\/collector(\/.*)?$/, '').replace(/\/+$/, '');
}

/** Whether it is this machine, which nobody listens in on. */
function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
