/** What a source can be told in YAML. Keys stand here as they are written there. */
import { proxySchema, type TlsFiles, tlsSchema } from '@audit-relay/sink-http';
import { z } from 'zod';
import { duration, size, startTime } from '../config/units.ts';
import type { Dialect, Feed, Organization } from '../entry.ts';
import { FILTER_KEYS, type Filters } from './api/filters.ts';

/** Durations are milliseconds. What each key means is said by its description below. */
export interface SourceConfig extends Filters {
  readonly type: 'openai';
  readonly api_key: string;
  readonly base_url: string;
  readonly dialect: Dialect;
  /** Of the older dialect alone; absent: false. */
  readonly keep_bodies?: boolean;
  readonly organization?: Organization;
  readonly feeds: readonly Feed[];
  readonly poll_interval: number;
  readonly overlap: number;
  readonly sweep: number;
  readonly requests_per_second: number;
  /** Whole seconds since the epoch, or before the first start. */
  readonly backfill_start_time?: number | { readonly secondsAgo: number };
  readonly tls?: TlsFiles;
  readonly proxy?: string;
}

/** Of all sources together, in bytes; default 32 MiB. */
export const sourceMemorySchema: z.ZodType<number> = size({ min: '4MiB', max: '4GiB' })
  .prefault('32MiB')
  .describe(
    'What may be in memory between the API and the journal, of all sources together. A page of more than an eighth of it is asked for in smaller ones.',
  );

const text = z.string().min(1);

const organization = z.strictObject({
  id: text
    .exactOptional()
    .describe('Its id: `org-…`.')
    .meta({ examples: ['org-abc123'] }),
  name: text
    .exactOptional()
    .describe('Its name.')
    .meta({ examples: ['Acme'] }),
});

const keys = z.strictObject({
  type: z.literal('openai').describe('The kind of source.'),
  api_key: text
    .describe('An admin key (`sk-admin-…`) with the scope `api.audit_logs.read`.')
    .meta({ examples: ['${OPENAI_ADMIN_KEY}', '${file:/run/secrets/openai_key}'] }),
  base_url: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as https://api.openai.com/v1', abort: true })
    .refine(isSafe, { error: 'expected https: the key would cross the network in the clear (http only for loopback)' })
    .default('https://api.openai.com/v1')
    .describe('Root of the API, path prefix included; https unless it is loopback.'),
  dialect: z
    .enum(['audit_logs', 'organization_logs'])
    .default('audit_logs')
    .describe('The form of the API. `organization_logs` is an older one, for servers that have it.'),
  keep_bodies: z
    .boolean()
    .exactOptional()
    .describe(
      'With `organization_logs`: keep prompts and responses. Absent or `false`: they are left out before anything is stored.',
    )
    .meta({ examples: [true] }),
  organization: organization
    .exactOptional()
    .describe('Put into every document: the events themselves do not name their organization.')
    .meta({ examples: [{ id: 'org-abc123', name: 'Acme' }] }),
  feeds: z
    .array(z.enum(['organization', 'tenant']))
    .min(1)
    .exactOptional()
    .describe(
      'Which of the two lists are read. They share no event. Absent: both; `organization_logs` has the first alone.',
    )
    .meta({ examples: [['organization']] }),
  poll_interval: duration({ min: '1s', max: '1h' }).prefault('30s').describe('Time between two polls.'),
  overlap: duration({ min: '2m', max: '24h' })
    .prefault('30m')
    .describe('How far back every five minutes is looked for events that became visible late.'),
  sweep: duration({ min: '1h', max: '30d' })
    .prefault('24h')
    .describe('The same once a day. An event that becomes visible later than this is not found.'),
  requests_per_second: z
    .number()
    .min(0.1)
    .max(100)
    .default(5)
    .describe(
      'Requests of this source at most, both feeds and backfill together; the polls may need half of it at most.',
    ),
  backfill_start_time: startTime()
    .exactOptional()
    .describe(
      'Read from this time on, or from so long before the first start (`90d`). Absent: nothing from before the first start.',
    )
    .meta({ examples: ['2026-01-01', '90d'] }),
  event_types: filter('types of events, such as `login.failed`', ['login.failed', 'api_key.created']),
  project_ids: filter('projects that events belong to', ['proj_abc123']),
  actor_ids: filter('users, service accounts or API keys that did it, by id', ['user-abc123']),
  actor_emails: filter('users that did it, by address', ['ada@example.com']),
  resource_ids: filter('what it was done to, by id', ['key_abc123']),
  tls: tlsSchema
    .exactOptional()
    .describe('For a proxy that opens TLS, a host of your own, or one that wants a client certificate.')
    .meta({ examples: [{ ca_file: '/etc/ssl/company-ca.pem' }] }),
  proxy: proxySchema
    .exactOptional()
    .describe('An HTTP proxy, such as `http://proxy.example.com:3128`; goes before `HTTPS_PROXY`.')
    .meta({ examples: ['http://proxy.example.com:3128'] }),
});

export const sourceConfigSchema: z.ZodType<SourceConfig> = keys.transform(withFeeds).superRefine((config, context) => {
  const refuse = (key: keyof SourceConfig, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  const least = 2 * pollsPerSecond(config);
  if (config.requests_per_second < least) {
    const expected = `expected ${tenthsUp(least)} or more, or a longer poll_interval`;
    refuse('requests_per_second', `${expected}: polls may need half of it at most`);
  }
  if (config.overlap > config.sweep) refuse('overlap', 'expected no more than sweep, which looks further back');
  if (new Set(config.feeds).size < config.feeds.length) refuse('feeds', 'expected each feed once');
  for (const [key, message] of misfits(config)) refuse(key, message);
});

function withFeeds({ feeds, ...config }: z.output<typeof keys>): SourceConfig {
  if (feeds !== undefined) return { ...config, feeds };
  return { ...config, feeds: config.dialect === 'organization_logs' ? ['organization'] : ['organization', 'tenant'] };
}

/** Keys that have no place in this dialect, and why. */
function misfits(config: SourceConfig): readonly (readonly [key: keyof SourceConfig, message: string])[] {
  if (config.dialect === 'audit_logs') {
    return config.keep_bodies === undefined ? [] : [['keep_bodies', 'expected only with dialect organization_logs']];
  }
  const filters = FILTER_KEYS.filter((key) => config[key] !== undefined);
  const misfit =
    'dialect organization_logs cannot be asked for a part of the log: leave it out, and use `when` at a sink';
  return [
    ...filters.map((key) => [key, misfit] as const),
    ...(config.feeds.includes('tenant')
      ? [['feeds', 'dialect organization_logs has no tenant feed: expected [organization], or nothing'] as const]
      : []),
  ];
}

function pollsPerSecond({ feeds, poll_interval }: SourceConfig): number {
  return (feeds.length * 1000) / poll_interval;
}

/** Rounded up to one digit after the point. */
function tenthsUp(value: number): number {
  return Math.ceil(value * 10) / 10;
}

/** A list that leaves out everything else. */
function filter(what: string, example: readonly string[]): z.ZodExactOptional<z.ZodArray<z.ZodString>> {
  const words = `Only these ${what}. A change counts from then on: what was left out before is not read later.`;
  return z
    .array(text)
    .min(1)
    .exactOptional()
    .describe(words)
    .meta({ examples: [[...example]] });
}

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
