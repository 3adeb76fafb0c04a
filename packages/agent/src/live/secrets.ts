/** Secrets that have changed under the configuration in force: the source or sink that names one is opened anew, nothing else. */
import type { Log } from '@audit-relay/core';
import { isGood, type Reading } from '../config/read.ts';
import type { AgentConfig } from '../config/schema.ts';
import { messageOf } from '../stopping.ts';

export interface SecretsOptions {
  reopenSource(name: string, config: AgentConfig['sources'][string]): void;
  reopenSink(name: string, config: unknown): Promise<void>;
  readonly log: Log;
}

/**
 * `reading` is the text in force, read again. Gives the configuration that runs from now on: `current`, whole or in part,
 * where the new one cannot be used.
 */
export async function takeSecrets(
  options: SecretsOptions,
  reading: Reading,
  current: AgentConfig,
): Promise<AgentConfig> {
  if (!isGood(reading)) {
    const [problem] = reading.problems;
    sayUnreadable(options.log, { path: problem?.path, problem: problem?.expected });
    return current;
  }
  const { config } = reading;
  const sources = { ...current.sources };
  for (const [name, source] of Object.entries(config.sources)) {
    if (same(source, current.sources[name])) continue;
    if (reopenSource(options, name, source)) sources[name] = source;
  }
  const sinks = { ...current.sinks };
  for (const [name, sink] of Object.entries(config.sinks)) {
    if (same(sink.config, current.sinks[name]?.config)) continue;
    if (await reopenSink(options, name, sink.config)) sinks[name] = sink;
  }
  // The port itself asks for the token at every request.
  if (!same(config.http.token, current.http.token))
    options.log('info', 'SECRET_CHANGED', 'the http.token has changed; the old one is refused');
  return { ...config, sources, sinks };
}

export function sayUnreadable(log: Log, fields: Readonly<Record<string, unknown>>): void {
  log('warn', 'SECRET_UNREADABLE', 'a secret could not be read again; the old one stays in use', fields);
}

/** False when it runs on as it was, and is to be tried again. */
function reopenSource(
  { log, reopenSource: reopen }: SecretsOptions,
  name: string,
  source: AgentConfig['sources'][string],
): boolean {
  log('info', 'SECRET_CHANGED', `a secret of source ${name} has changed; it is opened anew`, { source: name });
  try {
    reopen(name, source);
    return true;
  } catch (error) {
    const fields = { source: name, reason: messageOf(error) };
    log('error', 'SOURCE_NOT_REOPENED', `source ${name} could not be opened anew; it runs on as it was`, fields);
    return false;
  }
}

/** As `reopenSource`: a plugin's failure must not end the relay. */
async function reopenSink(
  { log, reopenSink: reopen }: SecretsOptions,
  name: string,
  config: unknown,
): Promise<boolean> {
  log('info', 'SECRET_CHANGED', `a secret of sink ${name} has changed; it is opened anew`, { sink: name });
  try {
    await reopen(name, config);
    return true;
  } catch (error) {
    const fields = { sink: name, reason: messageOf(error) };
    log('error', 'SINK_NOT_REOPENED', `sink ${name} could not be opened anew`, fields);
    return false;
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
