/**
 * A day of many organizations, minute by minute: how many events each has by then is drawn from a seed, with few large
 * organizations and many small ones, and three times as many events at the busiest hour as on average. What that asks of a relay
 * is the measured cost of each request and event; nothing here runs a relay.
 */
import { createHash } from 'node:crypto';
import type { Units } from './units.ts';

const MINUTES = 1_440;
const MINUTE_S = 60;

export interface Fleet {
  readonly organizations: number;
  /** Of all of them together. */
  readonly eventsPerDay: number;
  readonly sinks: number;
  /** How uneven they are: the share of the n-th largest is proportional to 1 / n ^ skew. 0: all alike. */
  readonly skew: number;
  /** Of the entries topic, where the journal is on Kafka. */
  readonly partitions: number;
  readonly seed: number;
}

export interface Day {
  readonly events: number;
  readonly requests: number;
  /** Cores in use: over the day, and in the busiest minute. */
  readonly cores: { readonly mean: number; readonly busiest: number };
  /** Of these, for requests that bring nothing new. */
  readonly pollingCores: number;
  readonly memoryBytes: number;
  /** One copy, uncompacted, a day. */
  readonly journalBytes: number;
  /** The largest organization: events of a day, and requests a second over the day, of which 5 are allowed by default. */
  readonly largest: { readonly events: number; readonly requestsPerSecond: number };
  /** The share of the partition that has most, over the day; 1 / partitions were even. */
  readonly busiestPartition: number;
}

export function simulateDay(fleet: Fleet, units: Units): Day {
  const random = generator(fleet.seed);
  const shares = sharesOf(fleet);
  const perPartition = new Float64Array(fleet.partitions);
  const perMinute = new Float64Array(MINUTES);
  const perOrganization = shares.map((share, index) => {
    let events = 0;
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const drawn = poisson((share * fleet.eventsPerDay * shapeOf(minute)) / MINUTES, random);
      perMinute[minute] = (perMinute[minute] ?? 0) + drawn;
      events += drawn;
    }
    const partition = partitionOf(`org-${index}`, fleet.partitions);
    perPartition[partition] = (perPartition[partition] ?? 0) + events;
    return events;
  });
  const events = sum(perOrganization);
  const requests = sum(perOrganization.map(units.requestsPerDay));
  const pollingMicros = requests * units.requestCpuMicros;
  const micros = units.eventCpuMicros + (fleet.sinks - 1) * units.furtherSinkCpuMicros;
  const coresOf = (eventsASecond: number): number => (eventsASecond * micros) / 1e6;
  const pollingCores = pollingMicros / 1e6 / (MINUTES * MINUTE_S);
  const largest = Math.max(...perOrganization);
  return {
    events,
    requests,
    cores: {
      mean: pollingCores + coresOf(events / (MINUTES * MINUTE_S)),
      busiest: pollingCores + coresOf(Math.max(...perMinute) / MINUTE_S),
    },
    pollingCores,
    memoryBytes: units.processBytes + fleet.organizations * units.sourceBytes,
    journalBytes: events * units.journalBytes,
    largest: { events: largest, requestsPerSecond: units.requestsPerDay(largest) / (MINUTES * MINUTE_S) },
    busiestPartition: events === 0 ? 0 : Math.max(...perPartition) / events,
  };
}

function sharesOf({ organizations, skew }: Fleet): readonly number[] {
  const weights = Array.from({ length: organizations }, (_, index) => 1 / (index + 1) ** skew);
  const all = sum(weights);
  return weights.map((weight) => weight / all);
}

/** 1 on average over the day; three times that at its busiest, in the early afternoon, and a tenth or less at night. */
function shapeOf(minute: number): number {
  const angle = (2 * Math.PI * (minute - 840)) / MINUTES;
  return Math.exp(SHARPNESS * Math.cos(angle)) / MEAN_OF_SHAPE;
}

/** By which the busiest minute has three times the mean. */
const SHARPNESS = 1.76;
const MEAN_OF_SHAPE =
  sum(
    Array.from({ length: MINUTES }, (_, minute) => Math.exp(SHARPNESS * Math.cos((2 * Math.PI * minute) / MINUTES))),
  ) / MINUTES;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** As sources are laid on partitions: by a hash of their name. */
function partitionOf(name: string, partitions: number): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) % partitions;
}

/** Mulberry32: a seed gives the same day everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Knuth's way while few are expected; of many, the normal distribution of the same mean and variance. */
function poisson(mean: number, random: () => number): number {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}
