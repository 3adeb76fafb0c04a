/** What the agent's own YAML may say, and what the commands get once all of it has been read. */
import type { RelayOptions } from '@audit-relay/core';
import { z } from 'zod';

/** A whole configuration: every part parsed, every plugin loaded. */
export interface AgentConfig {
  /** `agent.name` in every document. */
  readonly name: string;
  /** At least one, by name. */
  readonly sources: RelayOptions['sources'];
  readonly journal: RelayOptions['journal'];
  /** `redact`, `redact_key` and `normalize`, which stand side by side at the top of the file. */
  readonly normalization: NonNullable<RelayOptions['normalization']>;
  /** At least one, by name. */
  readonly sinks: RelayOptions['sinks'];
  readonly http: HttpConfig;
  readonly log: LogConfig;
}

/** The agent’s port. Loopback unless configured: whoever reaches it may read the status. */
export interface HttpConfig {
  readonly listen: ListenAddress;
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

/** Of `http`; default 127.0.0.1:9464. */
export const httpConfigSchema: z.ZodType<HttpConfig> = z.strictObject({
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
    .describe('Where the endpoints are; port 0 takes any free one. Whoever reaches it may read the status.'),
});

/** Of `log`; default `info`. */
export const logConfigSchema: z.ZodType<LogConfig> = z.strictObject({
  level: z.enum(LOG_LEVELS).default('info').describe('The least that is logged, to stderr.'),
  format: z.enum(['json', 'text']).exactOptional().describe('Absent: `text` on a terminal, `json` elsewhere.'),
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
