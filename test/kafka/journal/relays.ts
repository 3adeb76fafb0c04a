/** Relays that share a journal on Kafka: the command that operators run, one folder, and a sink that writes down what it is given. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defaultKey, type Simulator } from '@audit-relay/openai-simulator';
import { expect, onTestFinished } from 'vitest';
import { type Ended, type Running, run, start } from '../../agent/command.ts';

const SINK = fileURLToPath(new URL('../../dist/kafka/journal/recording-sink.js', import.meta.url));
/** Of one API, and each journals all of it. */
const SOURCES = ['acme', 'bolt', 'coda', 'dyne'];
const LOOK_MS = 100;

export interface Relays {
  /** Starts one more; resolves when it runs. */
  start(...args: readonly string[]): Promise<Running>;
  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<Ended>;
  /** Every event that has happened until now, as `source id`. */
  truth(): readonly string[];
  /** Resolves with every event that had happened when it was called, once all of them were delivered. */
  delivered(): Promise<readonly string[]>;
  /** Resolves when each of these has joined anew: the group of the lane, or also that of the collectors. */
  takenOver(groups: 'both' | 'lane', ...members: readonly Running[]): Promise<void>;
  /** Lines of the sink's file, `source id first|replay`. */
  lines(): readonly string[];
}

/** `source id` of a line. */
export function eventOf(line: string): string {
  return line.slice(0, line.lastIndexOf(' '));
}

/** @param journal of `journal:` in YAML. The topics are made by `audit-relay setup`. */
export async function relaysOn(journal: object, simulator: Simulator): Promise<Relays> {
  const cwd = mkdtempSync(join(tmpdir(), 'audit-relay-shared-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const file = join(cwd, 'delivered');
  writeFileSync(file, '');
  const source = { type: 'openai', api_key: defaultKey, base_url: simulator.url, poll_interval: '1s' };
  const config = {
    sources: Object.fromEntries(
      SOURCES.map((name) => [name, { ...source, backfill_start_time: '2d', requests_per_second: 100 }]),
    ),
    journal: { type: 'kafka', ...journal },
    http: { listen: '127.0.0.1:0' },
    sinks: { peer: { type: SINK, file } },
  };
  // JSON is YAML.
  writeFileSync(join(cwd, 'audit-relay.yaml'), JSON.stringify(config));
  expect(await run({ args: ['setup'], cwd })).toMatchObject({ code: 0 });
  const lines = (): readonly string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const truth = (): readonly string[] =>
    SOURCES.flatMap((name) => [...simulator.truth()].map(({ id }) => `${name} ${id}`));
  return {
    lines,
    truth,
    run: (...args) => run({ args, cwd }),
    start: async (...args) => {
      const running = start({ args: ['run', ...args], cwd });
      onTestFinished(async () => {
        running.child.kill('SIGKILL');
        await running.ended;
      });
      await running.seen(/status at/);
      return running;
    },
    delivered: async () => {
      const wanted = truth();
      for (;;) {
        const there = new Set(lines().map(eventOf));
        if (wanted.every((event) => there.has(event))) return wanted;
        await setTimeout(LOOK_MS);
      }
    },
    takenOver: async (groups, ...members) => {
      const joined =
        groups === 'both' ? ['.lane.peer: partitions', '.collectors: partitions'] : ['.lane.peer: partitions'];
      await Promise.all(members.flatMap((member) => joined.map((line) => member.lines(line, 1))));
    },
  };
}

/** As `systemctl stop` or a rollout does. */
export async function stopped({ child, ended }: Running): Promise<void> {
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
}
