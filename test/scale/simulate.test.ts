import { expect, test } from 'vitest';
import { type Fleet, simulateDay } from './simulate.ts';
import { UNITS as UNITS_MEASURED, type Units } from './units.ts';

const UNITS: Units = {
  eventCpuMicros: 100,
  furtherSinkCpuMicros: 50,
  requestCpuMicros: 1_000,
  processBytes: 1_000,
  sourceBytes: 10,
  journalBytes: 2,
  requestsPerDay: (events) => 864 + events / 100,
};
const FLEET: Fleet = { organizations: 10, eventsPerDay: 8_640_000, sinks: 1, skew: 0, partitions: 4, seed: 1 };

test('a day has as many events as it was asked for, but for chance', () => {
  const { events } = simulateDay(FLEET, UNITS);
  // Three standard deviations of a Poisson count.
  expect(Math.abs(events - 8_640_000)).toBeLessThan(3 * Math.sqrt(8_640_000));
});

test('what is asked of the relay is the sum of the measured costs', () => {
  const { events, requests, cores, pollingCores, memoryBytes, journalBytes } = simulateDay(FLEET, UNITS);
  expect(requests).toBeCloseTo(10 * 864 + events / 100, 0);
  expect(pollingCores).toBeCloseTo((requests * 1_000) / 1e6 / 86_400, 9);
  expect(cores.mean).toBeCloseTo(pollingCores + (events * 100) / 1e6 / 86_400, 9);
  expect(memoryBytes).toBe(1_100);
  expect(journalBytes).toBe(2 * events);
});

test('the busiest minute has three times the mean, and a further sink costs its own', () => {
  const one = simulateDay(FLEET, UNITS);
  const busiest = (one.cores.busiest - one.pollingCores) / (one.cores.mean - one.pollingCores);
  expect(busiest).toBeGreaterThan(2.9);
  expect(busiest).toBeLessThan(3.15);
  const three = simulateDay({ ...FLEET, sinks: 3 }, UNITS);
  expect((three.cores.mean - three.pollingCores) / (one.cores.mean - one.pollingCores)).toBeCloseTo(2, 9);
});

test('few organizations have most of it where they are uneven, and so has a partition', () => {
  const even = simulateDay({ ...FLEET, organizations: 100 }, UNITS);
  const uneven = simulateDay({ ...FLEET, organizations: 100, skew: 1.2 }, UNITS);
  expect(even.largest.events / even.events).toBeLessThan(0.012);
  expect(uneven.largest.events / uneven.events).toBeGreaterThan(0.2);
  expect(uneven.busiestPartition).toBeGreaterThan(even.busiestPartition);
  expect(uneven.busiestPartition).toBeLessThanOrEqual(1);
});

test('the same seed is the same day, another one is not', () => {
  expect(simulateDay(FLEET, UNITS)).toEqual(simulateDay(FLEET, UNITS));
  expect(simulateDay({ ...FLEET, seed: 2 }, UNITS).events).not.toBe(simulateDay(FLEET, UNITS).events);
});

test('requests of a day lie on lines between those that were measured, and beyond', () => {
  const { requestsPerDay } = UNITS_MEASURED;
  expect([0, 100, 10_000, 55_000, 1_000_000].map(requestsPerDay)).toEqual([6_630, 6_630, 7_421, 12_992, 137_465]);
  expect(requestsPerDay(1_900_000)).toBeCloseTo(137_465 + (137_465 - 18_563), 6);
});
