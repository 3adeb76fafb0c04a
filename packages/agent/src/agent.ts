/**
 * A running agent: the port, the relay and the watch on its secrets, started in an order in which a
 * failure damages nothing, and stopped in the other.
 */
import { resolve } from 'node:path';
import { openRelay, type Relay, type RelayOptions, refuseHeldJournal } from '@audit-relay/core';
import { proxyFromEnvironment } from '@audit-relay/sink-http';
import type { GoodReading } from './config/read.ts';
import { keepHeapSmall } from './heap.ts';
import { hidingSinks } from './hidden.ts';
import { type HttpServer, listenHttp, type Shown } from './http/server.ts';
import type { AgentLog } from './log.ts';
import { systemRuntime } from './runtime.ts';
import { type Secrets, watchSecrets } from './secrets.ts';
import { VERSION } from './version.ts';

/** What an agent is made of; the configuration has been found good. */
export interface AgentOptions {
  readonly reading: GoodReading;
  readonly log: AgentLog;
  /** Opens the relay; another one in tests. */
  readonly open?: (options: RelayOptions) => Promise<Relay>;
}

/** A relay with its port and its watch on secrets; `relay` may be asked and told whatever the core allows. */
export interface Agent {
  readonly relay: Relay;
  /** Where its endpoints are: `http://127.0.0.1:9464`. */
  readonly url: string;
  /** Drains the relay, then closes the port: `/readyz` says so in between. */
  stop(graceMs: number): Promise<void>;
}

/** @throws RelayError `JOURNAL_HELD`, `HTTP_LISTEN` before the journal is touched; what `openRelay` throws. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { config, secrets: values } = options.reading;
  options.log.hide(values);
  forgetVariables(options.reading);
  keepHeapSmall();
  const journal = resolve(config.journal.path);
  // Before the port, which the first agent of one configuration has too: what is wrong is not the port.
  await refuseHeldJournal(journal);
  let shown: Shown = { state: 'opening' };
  let secrets: Secrets | undefined;
  const http = await listenHttp({
    listen: config.http.listen,
    journal,
    shown: () => shown,
    access: () => secrets?.current().http ?? config.http,
  });
  try {
    const relay = await (options.open ?? openRelay)(relayOptions(options, () => secrets?.refreshSoon()));
    shown = { state: 'running', status: () => relay.status() };
    secrets = watchSecrets({
      reading: options.reading,
      hide: (found) => options.log.hide(found),
      reopenSource: (name, source) => relay.reopenSource(name, source),
      reopenSink: (name, sink) => relay.reopenSink(name, sink),
      log: options.log.log,
    });
    const stop = async (graceMs: number): Promise<void> => {
      shown = { state: 'draining', status: () => relay.status() };
      secrets?.close();
      await relay.drain(graceMs);
      await http.close();
    };
    return running({ relay, http, stop }, options);
  } catch (error) {
    await http.close();
    throw error;
  }
}

function running(
  parts: { readonly relay: Relay; readonly http: HttpServer; stop(graceMs: number): Promise<void> },
  { reading, log }: AgentOptions,
): Agent {
  const { sources, sinks } = reading.config;
  log.log('info', 'STARTED', `running; status at ${parts.http.url}/status`, {
    url: parts.http.url,
    version: VERSION,
    sources: Object.keys(sources),
    sinks: Object.keys(sinks),
  });
  return { relay: parts.relay, url: parts.http.url, stop: parts.stop };
}

/**
 * Takes secrets out of the process's own variables, once they are read: Node writes all of those into the report of a
 * crash, and hands them to each child.
 */
function forgetVariables({ secretVariables }: GoodReading): void {
  for (const name of secretVariables) delete process.env[name];
}

function relayOptions({ reading, log }: AgentOptions, readSecrets: () => void): RelayOptions {
  const { name, sources, journal, normalization, sinks } = reading.config;
  return {
    name,
    version: VERSION,
    sources,
    journal,
    normalization,
    sinks: hidingSinks(sinks, log),
    runtime: systemRuntime(log.log),
    proxyFor: proxyFromEnvironment(reading.env),
    onRefused: readSecrets,
  };
}
