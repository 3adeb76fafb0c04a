/**
 * A running agent: the port, the relay and the watch on its configuration, started in an order in which a
 * failure damages nothing, and stopped in the other.
 */
import { type JournalRoles, openRelay, type Relay, type RelayOptions, refuseHeldJournal } from '@audit-relay/core';
import { proxyFromEnvironment } from '@audit-relay/sink-http';
import { isEmbedded, nameOf } from './config/journal.ts';
import { type GoodReading, isGood } from './config/read.ts';
import { collectGarbage, keepHeapSmall } from './heap.ts';
import { hidingSinks } from './hidden.ts';
import { type HttpServer, listenHttp } from './http/server.ts';
import type { Shown } from './http/status-page/messages.ts';
import { collectWhenIdle } from './idle-collection.ts';
import { LiveConfig } from './live/live-config.ts';
import type { AgentLog } from './log.ts';
import { openPatiently } from './patient-opening.ts';
import { systemRuntime } from './runtime.ts';
import { VERSION } from './version.ts';
import { growYoungGeneration } from './young-generation.ts';

/** What an agent is made of; the configuration has been found good. */
export interface AgentOptions {
  readonly reading: GoodReading;
  readonly log: AgentLog;
  /** Changes of the configuration's file are taken over, with so many milliseconds for what is on its way to a sink. Absent: those of secrets alone. */
  readonly followMs?: number;
  /** While the disk does not take a journal that has begun, the start waits until this fires. Absent: it fails. */
  readonly stop?: AbortSignal;
  /** Of the work that several agents share, what this one does. Absent: all. */
  readonly roles?: JournalRoles;
  /** Opens the relay; another one in tests. */
  readonly open?: (options: RelayOptions) => Promise<Relay>;
}

/** A relay with its port and its watch on the configuration; `relay` may be asked and told whatever the core allows. */
export interface Agent {
  readonly relay: Relay;
  /** Where its endpoints are: `http://127.0.0.1:9464`. */
  readonly url: string;
  /** The configuration that is in force: that of the start, or what was taken over since. */
  inForce(): GoodReading;
  /** Reads the configuration again, whether or not it is watched, and says in the log what came of it. */
  reloadSoon(): void;
  /** Drains the relay, then closes the port: `/readyz` says so in between. */
  stop(graceMs: number): Promise<void>;
}

/** The same text, with the secrets that stand in their files by then; as it was where one cannot be read. */
export async function withSecretsOfNow(reading: GoodReading): Promise<GoodReading> {
  const again = await reading.again();
  return isGood(again) ? { ...reading, config: again.config, secrets: again.secrets } : reading;
}

/** @throws RelayError `JOURNAL_HELD`, `HTTP_LISTEN` before the journal is touched; what `openRelay` throws; the reason of `stop`. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { config, secrets: values } = options.reading;
  options.log.hide(values);
  forgetVariables(options.reading);
  keepHeapSmall();
  growYoungGeneration();
  const journal = nameOf(config.journal);
  // Before the port, which the first agent of one configuration has too: what is wrong is not the port.
  if (isEmbedded(config.journal)) await refuseHeldJournal(journal);
  let shown: Shown = { state: 'opening' };
  let live: LiveConfig | undefined;
  let now = options;
  const http = await listenHttp({
    listen: config.http.listen,
    journal,
    shown: () => shown,
    access: () => live?.current().http ?? now.reading.config.http,
    runtime: systemRuntime(options.log.log),
    configuration: () => live?.shown() ?? now.reading.shown,
    clean: (text) => options.log.clean(text),
  });
  try {
    const open = (): Promise<Relay> => (options.open ?? openRelay)(relayOptions(now, () => live));
    const onRefused = async (problem: string): Promise<void> => {
      shown = { state: 'opening', problem };
      now = await withNewSecrets(options.log, now);
    };
    const { stop: signal, log } = options;
    const relay = await (signal === undefined ? open() : openPatiently(open, { signal, log: log.log, onRefused }));
    const looks = {
      status: () => relay.status(),
      unwritable: () => relay.unwritable(),
      deadLetters: relay.deadLetters,
    };
    shown = { state: 'running', ...looks };
    live = followConfig(now, relay);
    // What has changed since it was read, during the start.
    live.refreshSoon();
    const idling = new AbortController();
    const collection = collectWhenIdle(
      { runtime: systemRuntime(options.log.log), cpuMs, collect: collectGarbage, onBusy: growYoungGeneration },
      idling.signal,
    );
    const stop = async (graceMs: number): Promise<void> => {
      shown = { state: 'draining', ...looks };
      live?.close();
      idling.abort();
      await collection;
      try {
        await relay.drain(graceMs);
      } finally {
        await http.close();
      }
    };
    return running({ relay, http, live, stop }, now);
  } catch (error) {
    await http.close();
    throw error;
  }
}

/** CPU time of the process. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** A start may wait for days, and secrets are rotated meanwhile: those of the port too. */
async function withNewSecrets(log: AgentLog, options: AgentOptions): Promise<AgentOptions> {
  const reading = await withSecretsOfNow(options.reading);
  log.hide(reading.secrets);
  return { ...options, reading };
}

function running(
  parts: {
    readonly relay: Relay;
    readonly http: HttpServer;
    readonly live: LiveConfig;
    stop(graceMs: number): Promise<void>;
  },
  { reading, log }: AgentOptions,
): Agent {
  const { sources, sinks } = reading.config;
  log.log('info', 'STARTED', `running; status at ${parts.http.url}/status`, {
    url: parts.http.url,
    version: VERSION,
    sources: Object.keys(sources),
    sinks: Object.keys(sinks),
  });
  return {
    relay: parts.relay,
    url: parts.http.url,
    inForce: () => parts.live.inForce(),
    reloadSoon: () => parts.live.reloadSoon(),
    stop: parts.stop,
  };
}

function followConfig({ reading, log, followMs }: AgentOptions, relay: Relay): LiveConfig {
  const runtime = systemRuntime(log.log);
  return new LiveConfig({
    reading,
    relay: {
      reopenSource: (name, source) => relay.reopenSource(name, source),
      reopenSink: (name, sink) => relay.reopenSink(name, sink),
      change: (change, graceMs) => relay.change({ ...change, sinks: hidingSinks(change.sinks, log) }, graceMs),
    },
    follow: followMs === undefined ? 'secrets' : 'all',
    graceMs: followMs ?? 0,
    hide: (found) => {
      log.hide(found.secrets);
      forgetVariables(found);
    },
    clean: (text) => log.clean(text),
    setLevel: (level) => log.setLevel(level),
    log: log.log,
    now: () => runtime.now(),
    sleep: (ms, signal = new AbortController().signal) => runtime.sleep(ms, signal),
  });
}

/**
 * Takes secrets out of the process's own variables, once they are read: Node writes all of those into the report of a
 * crash, and hands them to each child.
 */
function forgetVariables({ secretVariables }: Pick<GoodReading, 'secretVariables'>): void {
  for (const name of secretVariables) delete process.env[name];
}

const ALL: JournalRoles = { collect: true, deliver: true };

function relayOptions({ reading, log, roles = ALL }: AgentOptions, live: () => LiveConfig | undefined): RelayOptions {
  const { name, sources, source_memory, journal, normalization, sinks } = reading.config;
  return {
    name,
    version: VERSION,
    sources,
    sourceMemory: source_memory,
    journal: isEmbedded(journal) ? journal : journal.plugin.opener(journal.config, roles),
    normalization,
    sinks: hidingSinks(sinks, log),
    runtime: systemRuntime(log.log),
    proxyFor: proxyFromEnvironment(reading.env),
    onRefused: () => live()?.refreshSoon(),
    configuration: () => live()?.status(),
  };
}
