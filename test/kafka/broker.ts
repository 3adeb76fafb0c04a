/** A real broker for a test file, and an observer at it that is not the product's client. */
import { inject } from 'vitest';
import { urlOf } from '../services/desk.ts';
import { type KafkaRecord, Observer } from '../services/kafka/gateway.ts';
import { borrowed, canBeShared, fromUrl, type KafkaBroker, type KafkaOrder } from '../services/kafka/order.ts';
import { startKafka } from '../services/kafka/start.ts';
import { needed } from '../services/needed.ts';

export interface Observed extends KafkaBroker {
  readonly observer: Observer;
}

/**
 * Gets a broker before the tests of this `describe`: the one of its version that the whole run shares, on which every
 * topic, user and client id has to be the test's own; or one for them alone, with settings or to be killed, which is
 * ended after them. Where none is to be had the tests are skipped with the reason, but in CI they fail. What it
 * returns is the broker of the running test; it throws outside of one.
 */
export function useBroker(order: KafkaOrder): () => Observed {
  return needed({
    name: 'Kafka',
    get: async () => {
      const broker = await (canBeShared(order) ? shared(order) : startKafka(order));
      return { ...broker, observer: await observerOf(broker.addresses.plain) };
    },
    giveBack: (broker) => broker.stop(),
  });
}

async function shared({ version }: KafkaOrder): Promise<KafkaBroker> {
  return borrowed(fromUrl(await urlOf(`kafka-${version}`, inject('desk'))));
}

export async function observerOf(bootstrap: string): Promise<Observer> {
  return new Observer(await urlOf('kafka-gateway', inject('desk')), bootstrap);
}

/** The header that has an event's id. */
export const ID_HEADER = 'openai-event-id';

export function headerOf({ headers }: KafkaRecord, name: string): string | undefined {
  return headers.find(([key]) => key === name)?.[1];
}

/** How many records each event has, by the header of its id. */
export function copiesById(records: readonly KafkaRecord[]): Map<string, number> {
  const copies = new Map<string, number>();
  for (const record of records) {
    const id = headerOf(record, ID_HEADER) ?? 'no id';
    copies.set(id, (copies.get(id) ?? 0) + 1);
  }
  return copies;
}

/** Which of `ids` no record has, and which ids of records are nobody's. Copies are no fault. */
export function wrongIds(records: readonly KafkaRecord[], ids: readonly string[]): readonly string[] {
  const held = copiesById(records);
  const wanted = new Set(ids);
  const missing = ids.filter((id) => !held.has(id)).map((id) => `${id} is missing`);
  return [...missing, ...[...held.keys()].filter((id) => !wanted.has(id)).map((id) => `${id} never was`)];
}

/** Which of `ids` are not held exactly once, and what is held beside them, as `id: copies`. */
export function notOnce(records: readonly KafkaRecord[], ids: readonly string[]): readonly string[] {
  const copies = copiesById(records);
  const all = new Set([...ids, ...copies.keys()]);
  const wanted = new Set(ids);
  return [...all].filter((id) => copies.get(id) !== 1 || !wanted.has(id)).map((id) => `${id}: ${copies.get(id) ?? 0}`);
}
