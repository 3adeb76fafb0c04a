/**
 * What stands in a topic, read by programs that nobody here wrote: librdkafka's kcat, Kafka's own console consumer, and a
 * program of Kafka Streams as who reads the topic might write it first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../services/command.ts';
import type { KafkaRecord } from '../services/kafka/gateway.ts';
import { startJava } from '../services/kafka/java-program.ts';
import { kcat } from '../services/kcat.ts';
import { needed } from '../services/needed.ts';
import { deliver, folderWith } from './agent.ts';
import { headerOf, ID_HEADER, notOnce, useBroker } from './broker.ts';

const TOPIC = 'readers.openai.audit';
const COUNTS = 'readers.counts';
const EVENTS = 400;

const broker = useBroker({ version: '4.4.0' });
const foreign = needed({ name: 'kcat', get: kcat });
const relayed = needed({
  name: 'simulated API',
  get: () => startSimulator({ events: EVENTS, spanMs: 2 * 86_400_000, seed: 15 }),
  giveBack: (simulator: Simulator) => simulator.close(),
});

/** What is in the topic, as Kafka's Java client reads it: held against the simulator's own truth by the first test. */
let records: readonly KafkaRecord[] | undefined;

async function written(): Promise<readonly KafkaRecord[]> {
  if (records === undefined) {
    for (const topic of [TOPIC, COUNTS]) await broker().observer.createTopic(topic);
    await deliver(
      folderWith(relayed().url, { brokers: [broker().addresses.plain], topic: TOPIC, key: 'actor' }),
      EVENTS,
    );
    records = await broker().observer.records(TOPIC);
  }
  return records;
}

/** As one line for each, whoever has read them. */
interface Line {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly timestampMs: number;
}

const lineOf = ({ key, value, headers, timestampMs }: Line): string =>
  JSON.stringify([key, value, headers, timestampMs]);

function asSet(lines: readonly Line[]): ReadonlySet<string> {
  return new Set(lines.map(lineOf));
}

test('all events are there once, each with the key of its actor and the headers of its own', async () => {
  const found = await written();
  const truth = [...relayed().truth()].map(({ id }) => String(id));
  expect(notOnce(found, truth)).toEqual([]);
  for (const record of found) {
    const document = JSON.parse(record.value ?? '') as Document;
    expect(headerOf(record, ID_HEADER)).toBe(document.event.id);
    expect(headerOf(record, 'openai-event-type')).toBe(document.event.action);
    expect(headerOf(record, 'schema-version')).toBe(`ecs/${document.ecs.version}`);
    expect(record.timestampMs).toBe(Date.parse(document['@timestamp']));
    if (document.user?.id !== undefined) expect(record.key).toBe(document.user.id);
  }
});

interface Document {
  readonly '@timestamp': string;
  readonly ecs: { readonly version: string };
  readonly event: { readonly id: string; readonly action: string };
  readonly user?: { readonly id?: string };
}

test('kcat reads keys, headers, times and texts', async () => {
  const found = await written();
  const args = ['-C', '-b', broker().addresses.plain, '-t', TOPIC, '-o', 'beginning', '-e', '-q', '-J'];
  const said = await runCommand({ ...foreign(), args });
  const lines = said
    .trimEnd()
    .split('\n')
    .map((line): Line => {
      // As kcat's manual says of `-J`: headers are names and values in turn.
      const { key, payload, headers, ts } = JSON.parse(line) as {
        key: string | null;
        payload: string;
        headers: string[];
        ts: number;
      };
      const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? ''] as const] : []));
      return { key, value: payload, headers: pairs, timestampMs: ts };
    });
  expect(lines).toHaveLength(EVENTS);
  expect(asSet(lines)).toEqual(asSet(found));
});

test("Kafka's console consumer reads keys, headers, times and texts", async () => {
  const found = await written();
  const shown = ['key', 'headers', 'timestamp'].map((what) => `print.${what}=true`);
  const properties = [...shown, 'key.separator=\t', 'headers.separator=,', 'null.literal=NULL'];
  const from = ['--bootstrap-server', broker().addresses.plain, '--topic', TOPIC, '--from-beginning'];
  const until = ['--max-messages', String(EVENTS), '--timeout-ms', '60000'];
  const formatted = properties.flatMap((property) => ['--formatter-property', property]);
  const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
  const { child, end } = await startJava(consumer, [...from, ...until, ...formatted]);
  onTestFinished(end);
  const lines = (await text(child.stdout))
    .trimEnd()
    .split('\n')
    .map((line): Line => {
      // `CreateTime:<ms>`, `name:value,name:value`, the key, the value.
      const [time = '', headers = '', key = '', value = ''] = line.split('\t');
      const pairs = headers.split(',').map((header): readonly [string, string] => {
        const at = header.indexOf(':');
        return [header.slice(0, at), header.slice(at + 1)];
      });
      return { key: key === 'NULL' ? null : key, value, headers: pairs, timestampMs: Number(time.split(':')[1]) };
    });
  expect(lines).toHaveLength(EVENTS);
  expect(asSet(lines)).toEqual(asSet(found));
});

test('a program of Kafka Streams counts by actor and by type, from keys and headers alone', async () => {
  const found = await written();
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-streams-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { end } = await startJava('auditrelay.CountByActor', [broker().addresses.plain, TOPIC, COUNTS, folder]);
  onTestFinished(end);
  const wanted = new Map<string, number>();
  const count = (group: string): unknown => wanted.set(group, (wanted.get(group) ?? 0) + 1);
  for (const { key, value } of found) {
    count(`actor ${key ?? 'nobody'}`);
    count(`type ${(JSON.parse(value ?? '') as Document).event.action}`);
  }
  expect(wanted.size).toBeGreaterThan(10);
  let counted = new Map<string | null, number>();
  const sum = (): number => [...counted.values()].reduce((all, one) => all + one, 0);
  while (sum() < 2 * EVENTS) {
    await setTimeout(100);
    // In order of each partition, and so of each group: the last count is the one that holds.
    counted = new Map((await broker().observer.records(COUNTS)).map(({ key, value }) => [key, Number(value)]));
  }
  expect(counted).toEqual(wanted);
});
