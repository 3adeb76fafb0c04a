/** What a topic is judged by at a start. */
import { expect, test } from 'vitest';
import { kafkaJournalConfigSchema } from '../config.ts';
import { plansOf } from './plan.ts';

const plans = plansOf(kafkaJournalConfigSchema.parse({ brokers: ['127.0.0.1:1'] }));

test.each(['state', 'ids', 'lanes'])('topic %s is compacted soon, so that a take-over reads little', (topic) => {
  const plan = plans.find(({ name }) => name === `audit-relay.${topic}`);
  const judged = (name: string, found: string) => plan?.settings.find((one) => one.name === name)?.wrong?.(found);
  const defaults = { 'segment.bytes': '1073741824', 'min.cleanable.dirty.ratio': '0.5' };
  const never = { 'max.compaction.lag.ms': '9223372036854775807' };
  for (const [name, found] of Object.entries({ ...defaults, ...never })) {
    expect(judged(name, found)).toContain('take-over');
  }
  for (const { name, value, wrong } of plan?.settings ?? []) expect([name, wrong?.(value)]).toEqual([name, undefined]);
});
