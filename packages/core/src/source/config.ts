/** What a source can be told in YAML. Keys stand here as they are written there. */
import { z } from 'zod';
import { duration } from '../config/units.ts';
import type { Dialect, Feed, Organization } from '../entry.ts';

export interface SourceConfig {
  readonly type: 'openai';
  /** An admin key (`sk-admin-…`) with the scope `api.audit_logs.read`. */
  readonly api_key: string;
  /** Root of the API, path prefix included; https unless it is loopback. */
  readonly base_url: string;
  readonly dialect: Dialect;
  readonly organization?: Organization;
  /** Which of the two lists are read. */
  readonly feeds: readonly Feed[];
  /** Milliseconds between two polls. */
  readonly poll_interval: number;
  /** How far the five-minute pass looks back, in milliseconds. */
  readonly overlap: number;
  /** How far the daily pass looks back, in milliseconds: the promise of completeness reaches as far. */
  readonly sweep: number;
  /** Requests of this source per second, both feeds and backfill together. */
  readonly requests_per_second: number;
  /** Seconds since the epoch. Absent: nothing from the past. */
  readonly backfill_start_time?: number;
  readonly tls?: { readonly ca_file?: string };
  /** URL of an HTTP proxy; goes before `HTTPS_PROXY`. */
  readonly proxy?: string;
}

const text = z.string().min(1);

export const sourceConfigSchema: z.ZodType<SourceConfig> = z.strictObject({
  type: z.literal('openai'),
  api_key: text,
  base_url: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as https://api.openai.com/v1', abort: true })
    .refine(isSafe, { error: 'expected https: the key would cross the network in the clear (http only for loopback)' })
    .default('https://api.openai.com/v1'),
  dialect: z.literal('audit_logs').default('audit_logs'),
  organization: z.strictObject({ id: text.exactOptional(), name: text.exactOptional() }).exactOptional(),
  feeds: z
    .array(z.enum(['organization', 'tenant']))
    .min(1)
    .default(['organization', 'tenant']),
  poll_interval: duration({ min: '1s', max: '1h' }).prefault('30s'),
  overlap: duration({ min: '2m', max: '24h' }).prefault('30m'),
  sweep: duration({ min: '1h', max: '30d' }).prefault('24h'),
  requests_per_second: z.number().min(0.1).max(100).default(5),
  backfill_start_time: startTime().exactOptional(),
  tls: z.strictObject({ ca_file: text.exactOptional() }).exactOptional(),
  proxy: z.url({ protocol: /^https?$/ }).exactOptional(),
});

/** A date or RFC 3339 time, as text or as the date that YAML makes of it → whole seconds, rounded down. */
function startTime(): z.ZodType<number, unknown> {
  return z
    .union([z.iso.datetime({ offset: true }), z.iso.date(), z.date()], {
      error: 'expected a time such as 2026-01-01T00:00:00Z, or a date such as 2026-01-01',
    })
    .transform((value) => Math.floor(new Date(value).getTime() / 1000));
}

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
