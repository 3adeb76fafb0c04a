/** The four peers, each before its emulator, with a wire between, secrets that rotate and faults of its own. */

import { startIntakeEmulator } from '@audit-relay/sink-datadog/emulator';
import { Cluster, type ProduceAct, type ProduceSeen } from '@audit-relay/sink-kafka/emulator';
import { answer, type HecEmulator, startHecEmulator } from '@audit-relay/sink-splunk-hec/emulator';
import { Deliveries, type HeldIds } from './deliveries.ts';
import { ITEM_FAULTS, ROLLED_OVER, startElastic } from './elastic.ts';
import { DATADOG_FAULTS, ELASTIC_FAULTS, HTTP_FAULTS, type HttpReply } from './http-faults.ts';
import { KAFKA_FAULTS, KnownOffsets } from './kafka-faults.ts';
import { type ChaosPeer, Faults, metBy, type PeerOptions, REQUEST_TIMEOUT_MS, SECRET } from './peer.ts';
import type { SinkName } from './schedule.ts';
import { SPLUNK_FAULTS } from './splunk-faults.ts';
import { Wire } from './wire.ts';

const TIMEOUT = { request_timeout: `${REQUEST_TIMEOUT_MS}ms` };

export async function startPeers(options: PeerOptions): Promise<Readonly<Record<SinkName, ChaosPeer>>> {
  const [elastic, splunk, datadog, kafka] = await Promise.all([
    startElastic(options, new Faults(options.chance.stream('elastic'))),
    startSplunk(options),
    startDatadog(options),
    startKafka(options),
  ]);
  return { elastic, splunk, datadog, kafka };
}

/** Names of all that can be wrong with a peer. */
export function faultsOf(sink: SinkName): readonly string[] {
  if (sink === 'kafka') return Object.keys(KAFKA_FAULTS);
  const own = {
    splunk: SPLUNK_FAULTS,
    datadog: DATADOG_FAULTS,
    elastic: { ...ELASTIC_FAULTS, ...ITEM_FAULTS, 'a rollover': undefined, [ROLLED_OVER]: undefined },
  };
  return [...Object.keys(HTTP_FAULTS), ...Object.keys(own[sink])];
}

async function startSplunk({ schedule, chance, isPoison, life }: PeerOptions): Promise<ChaosPeer> {
  const useAck = schedule.acknowledges;
  const isRequired = useAck && schedule.requiresAcks;
  const { indexers } = schedule;
  const emulator = await startHecEmulator({ tokens: { [SECRET.splunk]: { useAck } }, indexers });
  const faults = new Faults(chance.stream('splunk'));
  const deliveries = new Deliveries(indexedIds(emulator), life);
  const wire = await Wire.open(portOf(emulator.url));
  const idsIn = (text: string): readonly string[] =>
    text.split('\n').flatMap((line) => {
      if (line === '') return [];
      const { fields } = JSON.parse(line) as { readonly fields: { readonly event_id: string } };
      return [fields.event_id];
    });
  emulator.answer((request, handled) => {
    const isEvents = request.path.endsWith('/event');
    const ids = isEvents ? idsIn(request.text) : [];
    const at = ids.findIndex((id) => isPoison('splunk', id));
    /** Splunk takes those before the one that it refuses. */
    const judged = (): HttpReply => {
      if (at < 0) return handled();
      const before = request.text.split('\n').slice(0, at).join('\n');
      if (at > 0) emulator.indexers[0]?.handle({ ...request, text: before });
      return answer(6, { 'invalid-event-number': at });
    };
    const drawn = faults.drawn ?? '';
    const own = SPLUNK_FAULTS[drawn]?.({ request, emulator, isAckRequired: isRequired, handled: judged });
    if (own !== undefined) faults.note(drawn);
    const faulted = own ?? faults.reply({ events: ids.length, handled: judged });
    const reply = faulted ?? judged();
    // Of those before one that is refused nobody says that they are there.
    deliveries.look(faulted !== undefined || at > 0);
    return reply;
  });
  return {
    wire,
    keys: (secretFile) => ({
      type: 'splunk-hec',
      url: `http://127.0.0.1:${wire.port}`,
      token: `\${file:${secretFile}}`,
      ack_timeout: '5s',
      ack_poll_interval: '50ms',
      ...(isRequired && { indexer_ack: 'required' }),
      ...TIMEOUT,
    }),
    deliveries,
    fault: (name, share) => {
      faults.set(name, share);
      emulator.settings.indexesAtOnce = name !== 'restarts before it has indexed';
      if (name === undefined) emulator.index();
    },
    rotate: (secret) => {
      emulator.settings.tokens.clear();
      emulator.settings.tokens.set(secret, { useAck });
    },
    met: () => metBy('splunk', faults, wire),
    close: async () => {
      await wire.close();
      await emulator.close();
    },
  };
}

/** Over all indexers, in the order in which they were seen. */
function indexedIds({ indexers }: HecEmulator): () => HeldIds {
  const ids: string[] = [];
  const seen = indexers.map(() => 0);
  return () => {
    for (const [place, { events }] of indexers.entries()) {
      ids.push(...events.slice(seen[place]).map(({ fields }) => String(fields['event_id'])));
      seen[place] = events.length;
    }
    return { length: ids.length, at: (index) => ids[index] ?? '' };
  };
}

async function startDatadog({ chance, now, isPoison, life }: PeerOptions): Promise<ChaosPeer> {
  const emulator = await startIntakeEmulator({ keys: [SECRET.datadog], now });
  const faults = new Faults(chance.stream('datadog'));
  const idAt = (index: number): string => String(emulator.logs[index]?.attributes['evt.id']);
  const deliveries = new Deliveries(() => ({ length: emulator.logs.length, at: idAt }), life);
  const wire = await Wire.open(portOf(emulator.url));
  const idOf = (entry: unknown): string => String(Object(Object(entry).evt).id);
  emulator.answer(({ text }, handled) => {
    const parsed: unknown = JSON.parse(text === '' ? '[]' : text);
    const ids = Array.isArray(parsed) ? parsed.map(idOf) : [];
    const judged = (): HttpReply =>
      ids.some((id) => isPoison('datadog', id)) ? { status: 400, body: '{"errors":["Malformed payload"]}' } : handled();
    const faulted = faults.reply({ events: ids.length, handled: judged }, DATADOG_FAULTS);
    const reply = faulted ?? judged();
    deliveries.look(faulted !== undefined);
    return reply;
  });
  return {
    wire,
    keys: (secretFile) => ({
      type: 'datadog',
      url: `http://127.0.0.1:${wire.port}`,
      api_key: `\${file:${secretFile}}`,
      ...TIMEOUT,
    }),
    deliveries,
    fault: (name, share) => faults.set(name, share),
    rotate: (secret) => {
      emulator.settings.keys.clear();
      emulator.settings.keys.add(secret);
    },
    met: () => metBy('datadog', faults, wire),
    close: async () => {
      await wire.close();
      await emulator.close();
    },
  };
}

async function startKafka({ schedule, chance, isPoison, life }: PeerOptions): Promise<ChaosPeer> {
  const cluster = await Cluster.start({ partitions: 3 });
  const faults = new Faults(chance.stream('kafka'));
  const idAt = (index: number): string => cluster.held[index]?.headers['openai-event-id'] ?? '';
  const deliveries = new Deliveries(() => ({ length: cluster.held.length, at: idAt }), life);
  const wire = await Wire.open(Number(cluster.addresses[0]?.split(':')[1]));
  cluster.advertised[0] = `127.0.0.1:${wire.port}`;
  cluster.users = new Map([['relay', SECRET.kafka]]);
  const known = new KnownOffsets();
  let knownIn = '';
  cluster.act = (seen): ProduceAct => {
    const now = `life ${life()}, ${[...wire.met.values()].reduce((sum, times) => sum + times, 0)} faults of the wire`;
    if (knownIn !== now) known.forget();
    knownIn = now;
    const act = acted(seen);
    known.note(seen, act);
    return act;
  };
  const acted = (seen: ProduceSeen): ProduceAct => {
    const drawn = faults.drawn ?? '';
    const act = KAFKA_FAULTS[drawn]?.(seen, known);
    // What it stores is there when this has returned.
    queueMicrotask(() => deliveries.look(act !== undefined));
    if (act !== undefined) faults.note(drawn);
    const codes = Object.fromEntries(
      [...seen.batches].flatMap(([partition, { records }]) =>
        records.some(({ headers }) => isPoison('kafka', headers['openai-event-id'] ?? ''))
          ? [[partition, INVALID_RECORD]]
          : [],
      ),
    );
    // What it refuses for ever it stores by no fault.
    if (Object.keys(codes).length > 0) return { codes: act?.isStored === true ? codes : { ...codes, ...act?.codes } };
    return act ?? {};
  };
  return {
    wire,
    keys: (secretFile) => ({
      type: 'kafka',
      brokers: [`127.0.0.1:${wire.port}`],
      topic: cluster.topic,
      idempotent: schedule.idempotent,
      sasl: { mechanism: 'plain', username: 'relay', password: `\${file:${secretFile}}`, allow_cleartext: true },
      connect_timeout: '1s',
      ...TIMEOUT,
    }),
    deliveries,
    fault: (name, share) => faults.set(name, share),
    rotate: (secret) => {
      cluster.users = new Map([['relay', secret]]);
      known.forget();
    },
    met: () => metBy('kafka', faults, wire),
    close: async () => {
      await wire.close();
      await cluster.stop();
    },
  };
}

const INVALID_RECORD = 87;

function portOf(url: string): number {
  return Number(new URL(url).port);
}
