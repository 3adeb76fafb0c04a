/**
 * The command that operators run, with 20,000 events: it begins while no broker is there, is killed again and again, and
 * so is the broker. Each event is in the topic, and none that never was. Copies there may be: of what was in flight.
 * `npm run kafka-kills` does so as often as there is time for, and repeats a run by its seed.
 */
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { startSimulator } from '@audit-relay/openai-simulator';
import { expect, onTestFinished, test } from 'vitest';
import { start } from '../agent/command.ts';
import { deliver, folderWith, isDone } from './agent.ts';
import { copiesById, headerOf, ID_HEADER, useBroker, wrongIds } from './broker.ts';
import { type Kill, killsOf, seeds } from './kills.ts';

const EVENTS = 20_000;

const broker = useBroker({ version: '4.4.0', isKilled: true });

test.each(seeds())(`all of ${EVENTS} events are there, whatever is killed; seed %i`, async (seed) => {
  console.info(`SEED=${seed}`);
  const topic = `openai.audit.${seed}`;
  const simulator = await startSimulator({ events: EVENTS, spanMs: 2 * 86_400_000, seed: 16 });
  onTestFinished(() => simulator.close());
  await broker().observer.createTopic(topic);
  await broker().kill();
  const sink = { brokers: [broker().addresses.plain], topic, request_timeout: '5s', batch: { max_events: 100 } };
  const folder = folderWith(simulator.url, { ...sink, idempotent: seed % 2 === 1 });
  await runUntil(folder, { step: 'SINK_RETRYING', occurrence: 1, of: 'relay' });
  await broker().restart();
  for (const kill of killsOf(seed)) await runUntil(folder, kill);
  await deliver(folder, EVENTS);

  const records = await broker().observer.records(topic, { isBrief: true });
  const truth = [...simulator.truth()].map(({ id }) => String(id));
  expect(truth).toHaveLength(EVENTS);
  expect(wrongIds(records, truth)).toEqual([]);
  expect(records.filter((record) => record.key !== headerOf(record, ID_HEADER))).toEqual([]);
  console.info(`${records.length - copiesById(records).size} copies more than events`);
});

/**
 * Runs the relay in `folder` until the step has been seen so often, or nothing is left to do: a step of which there is no more
 * would be waited for in vain. Then it dies, or the broker does, and comes back, and then the relay dies.
 */
async function runUntil(folder: string, { step, occurrence, of }: Kill): Promise<void> {
  const { child, ended, seen: said } = start({ args: ['run', '--log-level', 'debug'], cwd: folder });
  const lines = createInterface({ input: child.stderr });
  const isOver = said(/status at (http:[^ "]+)/).then(async ([, url = '']) => {
    // Killed while it is asked, it gives no answer.
    const isDead = (): boolean => child.exitCode !== null || child.signalCode !== null;
    while (!isDead() && !(await isDone(url, EVENTS).catch(() => false))) await setTimeout(500);
  });
  // Who is killed before it has said where its status is never says it.
  isOver.catch(() => undefined);
  const seen = (wanted: string, times: number): Promise<void> => Promise.race([isOver, written(wanted, times)]);
  const written = (wanted: string, times: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let left = times;
      lines.on('line', (line) => {
        if (line.includes(wanted)) left -= 1;
        if (left === 0) resolve();
      });
      ended.then(({ talk }) => reject(new Error(`ended before ${wanted}: ${talk.slice(-2_000)}`)), reject);
    });
  await seen(step, occurrence);
  if (of === 'broker') {
    // Waited for before it can come: the relay notices while the broker is still dying, and says so once.
    const isNoticed = seen('SINK_RETRYING', 1);
    await broker().kill();
    await isNoticed;
    const goesOn = seen('BATCH_SETTLED', 2);
    await broker().restart();
    await goesOn;
  }
  child.kill('SIGKILL');
  await ended;
}
