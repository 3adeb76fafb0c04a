/** What the agent's own YAML may say, and what the commands get once all of it has been read. */
import type { JournalConfig, RelayOptions } from '@audit-relay/core';
import { isLoopbackHost } from '@audit-relay/sink-http';
import { z } from 'zod';
import type { LoadedJournal } from './journal.ts';

/** A whole configuration: every part parsed, every plugin loaded. */
export interface AgentConfig {
  /** `agent.name` in every document. */
  readonly name: string;
  /** At least one, by name. */
  readonly sources: RelayOptions['sources'];
  readonly journal: JournalConfig | LoadedJournal;
  /** In bytes, of all sources together. */
  readonly source_memory: number;
  /** `redact`, `redact_key` and `normalize`, which stand side by side at the top of the file. */
  readonly normalization: NonNullable<RelayOptions['normalization']>;
  /** At least one, by name. */
  readonly sinks: RelayOptions['sinks'];
  readonly http: HttpConfig;
  readonly log: LogConfig;
  readonly config: FollowConfig;
}

/** How this file itself is followed while the agent runs. */
export interface FollowConfig {
  readonly watch: boolean;
}

/** The agent’s port. Whoever may read it sees names, counts and problems. */
export interface HttpConfig {
  /** Loopback unless configured. */
  readonly listen: ListenAddress;
  /** Whoever asks must show it, 16 characters at least; absent: whoever is on this machine may read. */
  readonly token?: string;
  /** Whoever reaches the port may read; never beside a token. */
  readonly allow_unauthenticated?: boolean;
}

/** Written `127.0.0.1:9464` or `[::1]:9464`; port 0 takes any free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The agent’s own log, on stderr. */
export interface LogConfig {
  readonly level: LogLevel;
  /** Absent: `text` on a terminal, `json` elsewhere. */
  readonly format?: 'json' | 'text';
}

/** From most to least; each holds those after it. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
/** For schemas and for the command line. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

const DEFAULT_LISTEN = '127.0.0.1:9464';

const FOR_ALL_TO_READ =
  'expected a `token` beside an address that other machines reach: whoever does could read names and problems there; `allow_unauthenticated: true` lets them';

/** Of `http`; default 127.0.0.1:9464. @throws nothing: an address beyond loopback without a token is an issue at `listen`. */
export const httpConfigSchema: z.ZodType<HttpConfig> = z
  .strictObject({
    listen: z
      .string({ error: 'expected an address such as 127.0.0.1:9464' })
      .transform((text, context) => {
        const address = parseListen(text);
        if (address !== undefined) return address;
        context.issues.push({ code: 'custom', input: text, message: 'expected an address such as 127.0.0.1:9464' });
        return z.NEVER;
      })
      .meta({ title: 'address' })
      .prefault(DEFAULT_LISTEN)
      .describe('Where the endpoints are; port 0 takes any free one. Beyond loopback it needs a `token`.'),
    token: z
      .string({ error: 'expected a text of 16 characters or more' })
      .min(16, { error: 'expected 16 characters or more: a token that can be guessed protects nothing' })
      .exactOptional()
      .describe(
        'Asked for as `Authorization: Bearer …` by every endpoint but `/livez` and `/readyz`. Absent: whoever is on this machine may read.',
      )
      .meta({ examples: ['${file:/run/secrets/http_token}'] }),
    allow_unauthenticated: z
      .boolean()
      .exactOptional()
      .describe('`true`: whoever reaches the address may read, without a token.')
      .meta({ examples: [true] }),
  })
  .superRefine(({ listen, token, allow_unauthenticated = false }, { issues }) => {
    if (token !== undefined && allow_unauthenticated) {
      const message = 'expected one of the two: with `allow_unauthenticated` nobody is asked for the `token`';
      issues.push({ code: 'custom', input: true, path: ['allow_unauthenticated'], message });
    }
    if (token === undefined && !allow_unauthenticated && !isLoopbackHost(listen.host)) {
      issues.push({ code: 'custom', input: listen, path: ['listen'], message: FOR_ALL_TO_READ });
    }
  });

/** Of `log`; default `info`. */
export const logConfigSchema: z.ZodType<LogConfig> = z.strictObject({
  level: z.enum(LOG_LEVELS).default('info').describe('The least that is logged, to stderr.'),
  format: z
    .enum(['json', 'text'])
    .exactOptional()
    .describe('Absent: `text` on a terminal, `json` elsewhere.')
    .meta({ examples: ['json'] }),
});

/** Of `config`. */
export const followConfigSchema: z.ZodType<FollowConfig> = z.strictObject({
  watch: z
    .boolean()
    .default(true)
    .describe(
      '`false`: a change of this file is taken over by SIGHUP or a restart alone. Files of `${file:…}` are watched all the same.',
    ),
});

/** Of `name`: 1 to 200 characters. */
export const nameSchema: z.ZodType<string> = z
  .string()
  .min(1)
  .max(200)
  .default('audit-relay')
  .describe('Stands in every document as `agent.name`.');

/** Names of sources and sinks stand in the journal, in metrics and in file names. */
export const PART_NAME: RegExp = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** `host:port` → its parts, an IPv6 host in brackets; undefined when it is no such address. */
export function parseListen(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}
