/**
 * The command that operators run, several times over one journal on Kafka, with the simulated API on one side and a peer that writes
 * down all that it is given on the other. Whoever dies, stands still or leaves: each event is journaled exactly once and delivered, and
 * what is delivered again is marked as replay.
 */
import { startSimulator } from '@audit-relay/openai-simulator';
import { expect, onTestFinished, test } from 'vitest';
import { useBroker } from '../broker.ts';
import { configOf } from './collect.ts';
import { standingEntries } from './entries.ts';
import { eventOf, type Relays, relaysOn, stopped } from './relays.ts';

const broker = useBroker({ version: '4.4.0' });
/** Longer than a busy machine keeps a process waiting. */
const SESSION = '6s';

/** Of one test. */
async function sharedBy(prefix: string): Promise<Relays & { check(last: readonly string[]): Promise<void> }> {
  const simulator = await startSimulator({ events: 400, spanMs: 86_400_000, rate: 20, seed: 20 });
  onTestFinished(() => simulator.close());
  const topics = { topic_prefix: `${prefix}-${process.pid}`, partitions: 4, replication_factor: 1 };
  const { plain } = broker().addresses;
  const relays = await relaysOn({ brokers: [plain], session_timeout: SESSION, ...topics }, simulator);
  /** @param last all that had happened before the last ones were stopped; of what came later some is journaled and not delivered yet */
  const check = async (last: readonly string[]): Promise<void> => {
    const truth = new Set(relays.truth());
    const journaled = (await standingEntries(configOf(plain, topics.topic_prefix, { partitions: 4 }))).map(
      ({ source, id }) => `${source} ${id}`,
    );
    const standing = new Set(journaled);
    const first = relays.lines().filter((line) => line.endsWith(' first'));
    const delivered = new Set(relays.lines().map(eventOf));
    expect({
      journaledTwice: journaled.length - standing.size,
      neverWere: [...journaled, ...delivered].filter((event) => !truth.has(event)),
      notDelivered: last.filter((event) => !delivered.has(event)),
      notJournaled: [...last, ...delivered].filter((event) => !standing.has(event)),
      copiesThatAreNoReplay: first.length - new Set(first).size,
    }).toEqual({ journaledTwice: 0, neverWere: [], notDelivered: [], notJournaled: [], copiesThatAreNoReplay: 0 });
  };
  return { ...relays, check };
}

test('one of three is killed, one stands still for longer than its session and wakes, one is stopped in the middle of sends', async () => {
  const relays = await sharedBy('processes');
  const [killed, zombie, leaving] = [await relays.start(), await relays.start(), await relays.start()];
  await relays.delivered();

  killed.child.kill('SIGKILL');
  await relays.takenOver('both', zombie, leaving);
  await relays.delivered();

  zombie.child.kill('SIGSTOP');
  await relays.takenOver('both', leaving);
  await relays.delivered();
  const isBack = relays.takenOver('both', zombie, leaving);
  zombie.child.kill('SIGCONT');
  await isBack;
  await relays.delivered();

  const isAlone = relays.takenOver('both', zombie);
  await stopped(leaving);
  await isAlone;
  const last = await relays.delivered();
  await stopped(zombie);
  await relays.check(last);
});

test('one collects and two deliver; the one that collects is killed, then one that delivers', async () => {
  const relays = await sharedBy('roles');
  const collector = await relays.start('--role', 'collect');
  const [deliverer, other] = [await relays.start('--role', 'deliver'), await relays.start('--role', 'deliver')];
  await relays.delivered();

  collector.child.kill('SIGKILL');
  const next = await relays.start('--role', 'collect');
  await relays.delivered();

  deliverer.child.kill('SIGKILL');
  await relays.takenOver('lane', other);
  const last = await relays.delivered();
  await Promise.all([next, other].map(stopped));
  await relays.check(last);
});

test('what the other commands say of such a journal', async () => {
  const relays = await sharedBy('commands');
  const wanted = relays.truth();
  expect(await relays.run('run', '--once')).toMatchObject({ code: 0 });
  const delivered = new Set(relays.lines().map(eventOf));
  expect(wanted.filter((event) => !delivered.has(event))).toEqual([]);
  const { out } = await relays.run('doctor', '--json');
  const found: readonly { readonly about: string; readonly verdict: string }[] = JSON.parse(out);
  expect(found.filter(({ about }) => about === 'journal')).toMatchObject([{ verdict: 'ok' }]);
  for (const args of [
    ['get', 'audit_log-1'],
    ['journal', 'compact'],
    ['dead-letters', 'list'],
  ]) {
    const { code, talk } = await relays.run(...args);
    expect(code).not.toBe(0);
    expect(talk).toContain('JOURNAL_REMOTE');
  }
});
