/**
 * A collector that stands still for longer than its session, in the middle of a transaction, and wakes: two processes, a real broker, and
 * what a reader of committed transactions finds. It writes nothing more, never fences its successor, and comes back by a later generation.
 */
import { fileURLToPath } from 'node:url';
import { setUpTopics } from '@audit-relay/journal-kafka';
import { expect, test } from 'vitest';
import { useBroker } from '../broker.ts';
import { configOf, testRuntime } from './collect.ts';
import { standingEntries } from './entries.ts';
import { startTold, type ToldProcess } from './told-process.ts';

const COLLECTOR = fileURLToPath(new URL('../../dist/kafka/journal/collector-process.js', import.meta.url));
const SESSION_MS = 3_000;
const broker = useBroker({ version: '4.4.0' });

/** Where it stops, and whether the commit that it was about is in. */
const STOPS = [
  { step: 'TRANSACTION_WRITING', isIn: false },
  { step: 'TRANSACTION_WRITTEN', isIn: false },
  { step: 'TRANSACTION_COMMITTED', isIn: true },
] as const;

async function sleepAndWake({ step, isIn }: (typeof STOPS)[number]): Promise<readonly string[]> {
  const prefix = `zombie-${process.pid}-${step.toLowerCase()}`;
  const { plain } = broker().addresses;
  const config = configOf(plain, prefix);
  await setUpTopics(config, testRuntime());
  const collector = (): ToldProcess => startTold(COLLECTOR, [plain, prefix, 'acme', String(SESSION_MS)]);

  const zombie = collector();
  expect(await zombie.tell('share acme')).toEqual({ owns: true });
  expect(await zombie.tell('commit acme a1')).toEqual({ journaled: ['a1'] });
  await zombie.tell(`stop-at ${step}`);
  const interrupted = zombie.tell('commit acme a2');

  // The API shows its successor the same events: what was not committed is journaled now, what was is known.
  const owner = collector();
  expect(await owner.tell('share acme')).toEqual({ owns: true });
  expect(await owner.tell('commit acme a2 b1')).toEqual({ journaled: isIn ? ['b1'] : ['a2', 'b1'] });

  zombie.signal('SIGCONT');
  const told = await interrupted;
  expect(told).toEqual(isIn ? { journaled: ['a2'] } : { code: expect.stringMatching(/^JOURNAL_(LOST|REASSIGNED)$/) });
  expect(await zombie.tell('commit acme a3')).toEqual({ code: expect.stringMatching(/^JOURNAL_(LOST|REASSIGNED)$/) });
  // It has not had the partition back: its successor has lost nothing, and no transaction.
  expect(await owner.tell('commit acme b2')).toEqual({ journaled: ['b2'] });

  // Only what asks the group anew is a member again, and what it then has it has read anew.
  expect(await zombie.tell('over acme')).toEqual({ code: expect.stringMatching(/^JOURNAL_(LOST|REASSIGNED)$/) });
  await zombie.tell('release acme');
  const back = zombie.tell('share acme');
  expect(await owner.tell('over acme')).toEqual({ code: 'JOURNAL_REASSIGNED' });
  await owner.tell('release acme');
  const again = owner.tell('share acme');
  const shares = [
    { process: zombie, share: await back },
    { process: owner, share: await again },
  ];
  const [present, ...others] = shares.filter(({ share }) => Object(share).owns === true);
  expect(others).toEqual([]);
  expect(await present?.process.tell('commit acme a1 a2 b1 b2 c1')).toEqual({ journaled: ['c1'] });
  return (await standingEntries(config)).map(({ id }) => id);
}

test('whatever step it stands still at, nothing is lost and nothing is there twice', async () => {
  const found = await Promise.all(STOPS.map(sleepAndWake));
  expect(found).toEqual(STOPS.map(() => ['a1', 'a2', 'b1', 'b2', 'c1']));
});
