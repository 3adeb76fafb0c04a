/** What the commands share that ask sources and sinks something: a quiet log, a limit of time, no secret said. */
import { setTimeout } from 'node:timers/promises';
import { nearest } from './config/problems.ts';
import type { Reading } from './config/read.ts';
import { type AgentLog, createLog } from './log.ts';
import type { Surroundings } from './surroundings.ts';

/** A command says what it has done by itself; of its sinks it passes on warnings and errors alone. */
export function quietLog({ config, secrets }: Reading, surroundings: Surroundings): AgentLog {
  const log = createLog({
    config: { ...config?.log, level: 'warn' },
    terminal: surroundings.columns() !== undefined,
    write: (text) => surroundings.talk(text),
  });
  log.hide(secrets);
  return log;
}

/**
 * What `work` gives, or an Error after `limitMs` milliseconds, when its signal fires: a plugin may be deaf to that.
 * @throws what `work` throws.
 */
export async function withinLimit<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const ended = new AbortController();
  const limit = setTimeout(limitMs, undefined, { signal: ended.signal }).then(() => {
    late.abort(new Error(`not done within ${limitMs / 1_000} s`));
    throw late.signal.reason;
  });
  try {
    return await Promise.race([work(late.signal), limit]);
  } finally {
    ended.abort();
    await limit.catch(() => undefined);
  }
}

/** Secrets blanked out, as they stand in plain text and in JSON. */
export function without(secrets: readonly string[], text: string): string {
  // A variable with an empty default hides nothing.
  const forms = secrets.filter(Boolean).flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return forms.reduce((shown, secret) => shown.replaceAll(secret, '[hidden]'), text);
}

/** `no sink siem; did you mean siem-eu?`. */
export function unknownName(what: 'source' | 'sink', name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return `no ${what} ${name}; ${near === undefined ? `there are: ${names.join(', ')}` : `did you mean ${near}?`}`;
}
