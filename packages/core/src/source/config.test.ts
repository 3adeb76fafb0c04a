/** What a source's configuration refuses beyond the form of each key. */
import { expect, test } from 'vitest';
import { sourceConfigSchema } from './config.ts';

/** The problems of a configuration: the key each is about, and what is said. */
function problemsOf(config: object): readonly { readonly key: unknown; readonly message: string }[] {
  const read = sourceConfigSchema.safeParse({ type: 'openai', api_key: 'sk-admin-canary', ...config });
  return read.success ? [] : read.error.issues.map(({ path, message }) => ({ key: path[0], message }));
}

test.for([
  { name: 'the defaults', config: {} },
  { name: 'a poll of both feeds each second', config: { poll_interval: '1s' } },
  { name: 'a start so far back', config: { backfill_start_time: '90d' } },
  { name: 'a start that is a date', config: { backfill_start_time: '2026-01-01' } },
  { name: 'the older dialect', config: { dialect: 'organization_logs', feeds: ['organization'], keep_bodies: true } },
  { name: 'filters', config: { event_types: ['login.failed'], actor_emails: ['a@b.example'] } },
  { name: 'the slowest rate with as slow polls', config: { poll_interval: '40s', requests_per_second: 0.1 } },
])('$name: legal', ({ config }) => {
  expect(problemsOf(config)).toEqual([]);
});

test.for([
  {
    name: 'polls that need more than half of the requests',
    config: { poll_interval: '1s', requests_per_second: 3.9 },
    key: 'requests_per_second',
    says: /expected 4 or more, or a longer poll_interval/,
  },
  {
    name: 'an overlap that is wider than the sweep',
    config: { overlap: '2h', sweep: '1h' },
    key: 'overlap',
    says: /no more than sweep/,
  },
  {
    name: 'a start in other words',
    config: { backfill_start_time: 'yesterday' },
    key: 'backfill_start_time',
    says: /or how far back, such as 90d/,
  },
  {
    name: 'a filter in the older dialect',
    config: { dialect: 'organization_logs', event_types: ['login.failed'] },
    key: 'event_types',
    says: /cannot be asked for a part of the log/,
  },
  {
    name: 'the tenant feed in the older dialect',
    config: { dialect: 'organization_logs', feeds: ['organization', 'tenant'] },
    key: 'feeds',
    says: /no tenant feed/,
  },
  {
    name: 'bodies to keep where there are none',
    config: { keep_bodies: false },
    key: 'keep_bodies',
    says: /only with dialect organization_logs/,
  },
  { name: 'a filter that lets nothing pass', config: { project_ids: [] }, key: 'project_ids', says: /./ },
  { name: 'a feed that is named twice', config: { feeds: ['tenant', 'tenant'] }, key: 'feeds', says: /each feed once/ },
])('$name: refused', ({ config, key, says }) => {
  expect(problemsOf(config)).toEqual([{ key, message: expect.stringMatching(says) }]);
});

test.for([
  { dialect: 'audit_logs', feeds: ['organization', 'tenant'] },
  { dialect: 'organization_logs', feeds: ['organization'] },
])('the feeds of $dialect, when nothing is said of them', ({ dialect, feeds }) => {
  const config = sourceConfigSchema.parse({ type: 'openai', api_key: 'sk-admin-canary', dialect });
  expect(config.feeds).toEqual(feeds);
});
