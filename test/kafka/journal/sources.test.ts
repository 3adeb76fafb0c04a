/** The sources' way into the journal on Kafka, at a real broker. */
import { openSources, setUpTopics } from '@audit-relay/journal-kafka';
import { expect, test } from 'vitest';
import { useBroker } from '../broker.ts';
import { configOf, fixed, NEVER, testRuntime } from './collect.ts';

const broker = useBroker({ version: '4.4.0' });
const START = { version: 1, startSeconds: 1, startProvisional: false, done: [], passes: {} } as const;

function entry(id: string, hour = 0) {
  const timeMs = 1_767_225_600_000 + hour * 3_600_000;
  const origin = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return { id, type: 't', timeMs, receivedMs: timeMs, ...origin, raw: JSON.stringify({ id }) };
}

test('what is committed is there after a reopening, and known', async () => {
  const config = configOf(broker().addresses.plain, 'sources-reopened');
  const runtime = testRuntime();
  expect(await setUpTopics(config, runtime)).toHaveLength(4);
  const assignment = fixed([0, 1]);
  const configuration = { sources: [{ name: 'acme', feeds: ['organization', 'tenant'] }], lanes: [] } as const;
  const open = await openSources({ config, runtime, assignment });
  await open.configure(configuration);
  for (let n = 0; n < 20; n += 1) {
    const entries = [entry(`a${n}`), entry(`b${n}`, 1)];
    const result = await open
      .source('acme')
      .commit({ feed: 'organization', advance: () => ({ ...START, startSeconds: n }), entries }, NEVER);
    expect(result.journaled).toHaveLength(2);
  }
  await open.close();
  const again = await openSources({ config, runtime, assignment });
  expect(again.source('acme').checkpoint('organization')).toEqual({ ...START, startSeconds: 19 });
  const result = await again
    .source('acme')
    .commit({ feed: 'organization', advance: () => START, entries: [entry('a3', 5), entry('new')] }, NEVER);
  expect(result).toMatchObject({ duplicates: 1, journaled: [{ id: 'new' }] });
  await again.close();
});
