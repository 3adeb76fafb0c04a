/**
 * Secrets that change while the relay runs. Files named by `${file:…}` are watched, and read again
 * when a peer refuses the credentials; what has changed is reopened, and nothing else.
 */
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '@audit-relay/core';
import type { GoodReading } from './config/read.ts';
import type { AgentConfig } from './config/schema.ts';
import { messageOf } from './stopping.ts';

/** What runs now, and how a part of it is opened anew. */
export interface SecretsOptions {
  /** The configuration that runs now. */
  readonly reading: GoodReading;
  /** Called before the new values are used, so that no log shows them. */
  hide(secrets: readonly string[]): void;
  reopenSource(name: string, config: AgentConfig['sources'][string]): void;
  reopenSink(name: string, config: unknown): Promise<void>;
  readonly log: Log;
}

/** A watch that is on. */
export interface Secrets {
  /** Reads the files again and reopens what has changed; calls at the same time share one reading. Never rejects. */
  refresh(): Promise<void>;
  /** The same, for those who do not wait for it. */
  refreshSoon(): void;
  /** The configuration with the secrets that are in use. */
  current(): AgentConfig;
  close(): void;
}

/** Never throws and never ends the relay: what cannot be watched or read is a line in the log. */
export function watchSecrets(options: SecretsOptions): Secrets {
  let current = options.reading.config;
  let running: Promise<void> | undefined;
  let again = false;

  const refresh = (): Promise<void> => {
    again = true;
    running ??= (async () => {
      while (again) {
        again = false;
        current = await readAgain(options, current).catch((error: unknown) => {
          sayUnreadable(options, { problem: messageOf(error) });
          return current;
        });
      }
    })().finally(() => (running = undefined));
    return running;
  };
  const refreshSoon = (): void => {
    // What can go wrong has been said by then, but for a log that throws.
    refresh().catch(() => undefined);
  };
  const watchers = watchFolders(options, refreshSoon);
  const close = (): void => {
    for (const watcher of watchers) watcher.close();
  };
  return { refresh, refreshSoon, current: () => current, close };
}

/** Gives the configuration that runs from now on: the old one, whole or in part, where the new one cannot be used. */
async function readAgain(options: SecretsOptions, current: AgentConfig): Promise<AgentConfig> {
  const { config, problems, secrets } = await options.reading.again();
  options.hide(secrets);
  if (config === undefined) {
    const [problem] = problems;
    sayUnreadable(options, { path: problem?.path, problem: problem?.expected });
    return current;
  }
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

function sayUnreadable({ log }: SecretsOptions, fields: Readonly<Record<string, unknown>>): void {
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

/**
 * The folders, not the files: Kubernetes swaps a symlink beside the file (`..data`), and editors put
 * a new file in the old one's place; either would leave a watch on the file looking at nothing.
 */
function watchFolders({ reading, log }: SecretsOptions, changed: () => void): readonly FSWatcher[] {
  const folders = [...new Set(reading.secretFiles.map((file) => dirname(file)))];
  return folders.flatMap((folder) => {
    const blind = (error: unknown): void => {
      const fields = { folder, reason: String(error) };
      log('warn', 'SECRETS_NOT_WATCHED', 'changes here are seen only when a peer refuses the old secret', fields);
    };
    try {
      return [watch(folder, { persistent: false }, changed).on('error', blind)];
    } catch (error) {
      blind(error);
      return [];
    }
  });
}
