/**
 * A source and lanes of the core in virtual time, before a simulated API that is asked directly: for what has no faults of its
 * own to make, as `world.ts` has. Time stands still while the journal writes.
 */
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { laneConfigSchema } from '@audit-relay/core';
import type { DirectSimulator } from '@audit-relay/openai-simulator';
import type { SinkPlugin } from '@audit-relay/sink';
import { type Entry, type Journal, openLane, openSource, type Runtime, type SourceConfig } from './core.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Place {
  readonly time: VirtualTime;
  readonly runtime: Runtime;
  readonly simulator: DirectSimulator;
  readonly journal: Journal;
}

/** A folder in memory, where there is one: a day's commits are many. */
export function memoryFolder(name: string): string {
  const memory = statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() === true ? '/dev/shm' : tmpdir();
  return mkdtempSync(join(memory, `audit-relay-${name}-`));
}

export function runtimeOf(time: VirtualTime): Runtime {
  return {
    now: () => Math.floor(time.nowMs),
    elapsedMs: () => time.nowMs,
    sleep: (ms, signal) => time.sleep(ms, signal),
    random: () => 0.5,
    log: () => undefined,
  };
}

export interface SourceOrder {
  readonly name: string;
  readonly config: SourceConfig;
  /** There and back. */
  readonly networkMs: number;
  onRequest?(): void;
  onJournaled?(entries: number): void;
}

/** Not started. */
export function sourceIn(
  { time, runtime, simulator, journal }: Place,
  order: SourceOrder,
): ReturnType<typeof openSource> {
  const { name, config, networkMs, onRequest, onJournaled } = order;
  const door = journal.source(name);
  return openSource(
    { name, config },
    {
      journal: {
        checkpoint: (feed) => door.checkpoint(feed),
        commit: async (commit, signal) => {
          const result = await time.during(door.commit(commit, signal));
          onJournaled?.(result.journaled.length);
          return result;
        },
        doubt: (origin) => door.doubt(origin),
        decideOrigin: (origin, judgement) => time.during(door.decideOrigin(origin, judgement)),
        keepEvidence: (evidence) => door.keepEvidence(evidence),
      },
      runtime,
      proxyFor: () => undefined,
      userAgent: 'test',
      onRefused: () => undefined,
      openClient: () => ({
        get: async (path, signal) => {
          onRequest?.();
          await time.sleep(networkMs / 2, signal);
          const { response } = simulator.ask(path);
          await time.sleep(networkMs / 2, signal);
          if (response === undefined) return { kind: 'none', failure: 'broken', reason: 'ECONNRESET' };
          const { status, headers, body } = response;
          return { kind: 'response', status, body, header: (header) => headers[header] };
        },
        close: async () => undefined,
      }),
    },
  );
}

export interface LaneOrder {
  readonly name: string;
  readonly plugin: SinkPlugin<never>;
  readonly sinkConfig: unknown;
  /** As in YAML. */
  readonly lane: object;
}

/** Not started. Its documents are the events' own texts. */
export function laneIn(
  { time, runtime, journal }: Place,
  { name, plugin, sinkConfig, lane }: LaneOrder,
): ReturnType<typeof openLane> {
  const way = journal.lane(name);
  return openLane(
    // Each is given what its own schema made.
    { name, plugin, sinkConfig: sinkConfig as never, config: laneConfigSchema.parse({ type: plugin.type, ...lane }) },
    {
      journal: {
        refusals: way.refusals,
        ...(way.fromMs !== undefined && { fromMs: way.fromMs }),
        read: (bytes, signal) => way.read(bytes, signal),
        extend: (count) => time.during(way.extend(count)),
        save: (cursor) => time.during(way.save(cursor)),
      },
      deadLetters: journal.deadLetters,
      replays: journal.replays.lane(name),
      renderFor: () => envelopeOf,
      renderAlone: envelopeOf,
      runtime,
      context: {
        name,
        userAgent: 'test',
        now: runtime.now,
        elapsedMs: runtime.elapsedMs,
        proxyFor: () => undefined,
        log: () => undefined,
      },
      onRefused: () => undefined,
    },
  );
}

function envelopeOf({ id, type, timeMs, receivedMs, source, feed, raw }: Entry) {
  const facts = { source, feed, summary: id, severity: 1, outcome: 'success' } as const;
  return { id, type, timeMs, receivedMs, json: raw, bytes: raw.length, facts };
}
