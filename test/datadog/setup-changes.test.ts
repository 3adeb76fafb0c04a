/**
 * What is there already when set-up runs: contents of an earlier or later release, what somebody has changed, objects of others, and the
 * half of a run that was cut off.
 */
import type { SetupStep } from '@audit-relay/sink';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Json } from './api-store.ts';
import { type Content, inside, KINDS, outcomes, useContract, type World, world } from './setup-world.ts';

const contract = useContract();
let contents: readonly Content[];
let written: (content: Content) => Json;

beforeAll(async () => {
  const { contentsFor, written: writes } = await inside();
  contents = contentsFor('openai-audit', KINDS);
  written = writes;
});

/** One object of each kind, and what about it an earlier release might have had otherwise. */
const OBJECTS = [
  {
    key: 'pipeline',
    setup: 'pipeline',
    store: 'pipelines',
    change: { description: 'as it was' },
    differs: 'description',
  },
  { key: 'dashboard', setup: 'dashboard', store: 'dashboards', change: { widgets: [] }, differs: 'widgets' },
  {
    key: 'owner-granted',
    setup: 'detection_rules',
    store: 'rules',
    change: { message: 'as it was' },
    differs: 'message',
  },
  { key: 'monitor-severe', setup: 'monitors', store: 'monitors', change: { message: 'as it was' }, differs: 'message' },
] as const;

type ObjectCase = (typeof OBJECTS)[number];

/** All of one kind in place, and then one object as an earlier release would have written it: with `change`. */
async function upgraded(object: ObjectCase, change: Json = object.change): Promise<World & { readonly id: string }> {
  const { key, store, setup } = object;
  const made = await world(contract());
  const run: World['run'] = (order) => made.run({ ...order, config: { setup: [setup] } });
  await run();
  const content = contents.find((each) => each.key === key)!;
  const earlier = written({ ...content, body: { ...content.body, ...change } });
  const [id, kept] = [...made.emulator.stores[store]].find(([, { name, title }]) => (name ?? title) === content.title)!;
  made.emulator.stores[store].set(id, { ...kept, ...earlier });
  made.writes();
  return { ...made, run, id };
}

/** How many objects there are of the kind of this one. */
function sizeOf({ key }: ObjectCase): number {
  const { kind } = contents.find((each) => each.key === key)!;
  return contents.filter((each) => each.kind === kind).length;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function stepFor(steps: readonly SetupStep[], key: string): SetupStep | undefined {
  const { kind, title } = contents.find((each) => each.key === key)!;
  return steps.find(({ name }) => name === `${kind} ${title}`);
}

/** What somebody may change of each. */
const THEIRS = {
  pipelines: { filter: { query: 'source:other' } },
  dashboards: { title: 'Ours now' },
  rules: { name: 'Ours now' },
  monitors: { query: 'logs("source:other").index("*").rollup("count").last("1h") > 0' },
} as const;

describe.each(OBJECTS)('$store', (object) => {
  const { key, store, differs } = object;

  test('as an earlier release wrote it is brought up to date, and it alone, under its id', async () => {
    const { run, writes, emulator, id } = await upgraded(object);
    expect(stepFor(await run({ dryRun: true }), key)).toMatchObject({
      outcome: 'updated',
      detail: expect.stringContaining(differs),
    });
    expect(writes()).toEqual([]);
    expect(stepFor(await run(), key)).toMatchObject({ outcome: 'updated' });
    expect(writes()).toHaveLength(1);
    expect(emulator.problems).toEqual([]);
    const content = contents.find((each) => each.key === key)!;
    expect(emulator.stores[store].get(id)).toMatchObject({ [differs]: expect.anything() });
    expect(outcomes(await run())).toEqual({ current: sizeOf(object), 'left alone': 1 });
    expect(
      [...emulator.stores[store].values()].filter(({ name, title }) => (name ?? title) === content.title),
    ).toHaveLength(1);
  });

  test.each([
    { when: 'while we have nothing new', change: {} },
    { when: 'while we have something new', change: object.change },
  ])('changed by somebody is left alone, and what was changed is named, $when', async ({ change }) => {
    const { run, writes, emulator, id } = await upgraded(object, change);
    const theirs = { ...emulator.stores[store].get(id), ...THEIRS[store] };
    emulator.stores[store].set(id, theirs);
    const step = stepFor(await run(), key);
    expect(step).toMatchObject({ outcome: 'left alone', fix: expect.stringContaining('delete it there') });
    expect(step?.detail).toMatch(new RegExp(`changed at Datadog.*${Object.keys(THEIRS[store])[0]}`));
    expect(writes()).toEqual([]);
    expect(emulator.stores[store].get(id)).toBe(theirs);
  });

  test('of a later release is left alone', async () => {
    const { run, writes, emulator, id } = await upgraded(object);
    const text = JSON.stringify(emulator.stores[store].get(id)).replace(new RegExp(`(${key})/1/`), '$1/2/');
    emulator.stores[store].set(id, JSON.parse(text));
    expect(stepFor(await run(), key)).toMatchObject({
      outcome: 'left alone',
      detail: expect.stringContaining('later release'),
    });
    expect(writes()).toEqual([]);
  });

  test('twice over is said, and neither is touched', async () => {
    const { run, writes, emulator, id } = await upgraded(object);
    emulator.stores[store].set('99', { ...emulator.stores[store].get(id), id: store === 'monitors' ? 99 : '99' });
    expect(stepFor(await run(), key)).toMatchObject({
      outcome: 'left alone',
      detail: expect.stringContaining(`${id}, 99`),
    });
    expect(writes()).toEqual([]);
  });

  test('of that name by somebody else is left alone, and of another name is not looked at', async () => {
    const { run, emulator } = await world(contract());
    const content = contents.find((each) => each.key === key)!;
    const titled = (title: string, id: string): Json => {
      const id_ = store === 'monitors' ? Number(id) : id;
      return { ...content.body, tags: [], [store === 'dashboards' ? 'title' : 'name']: title, id: id_ };
    };
    const before = [titled(content.title, '1'), titled('OpenAI audit logs of ours', '2')];
    for (const each of before) emulator.stores[store].set(String(each['id']), each);
    expect(stepFor(await run(), key)).toMatchObject({ outcome: 'left alone', fix: expect.stringContaining('rename') });
    expect([...emulator.stores[store].values()].slice(0, 2)).toEqual(before);
  });
});

describe('what an operator has set stays when an object is brought up to date', () => {
  test.each([
    { object: OBJECTS[0], theirs: { is_enabled: false, tags: ['team:security'] }, store: 'pipelines' },
    {
      object: OBJECTS[1],
      theirs: { notify_list: ['ada@example.com'], restricted_roles: ['11111111-1111-1111-1111-111111111111'] },
      store: 'dashboards',
    },
    {
      object: OBJECTS[2],
      theirs: { isEnabled: false, filters: [{ action: 'suppress', query: '@usr.id:svc' }] },
      store: 'rules',
    },
    {
      object: OBJECTS[3],
      theirs: { priority: 2, restricted_roles: ['11111111-1111-1111-1111-111111111111'] },
      store: 'monitors',
    },
  ] as const)('$store', async ({ object, theirs, store }) => {
    const { run, emulator, id } = await upgraded(object);
    const kept = emulator.stores[store].get(id)!;
    const tags = 'tags' in theirs ? { tags: [...(kept['tags'] as readonly string[]), ...theirs.tags] } : {};
    emulator.stores[store].set(id, { ...kept, ...theirs, ...tags });
    expect(stepFor(await run(), object.key)).toMatchObject({ outcome: 'updated' });
    expect(emulator.problems).toEqual([]);
    const { tags: theirTags = [], ...others } = theirs as { readonly tags?: readonly string[] };
    expect(emulator.stores[store].get(id)).toMatchObject(others);
    if (theirTags.length > 0)
      expect(emulator.stores[store].get(id)?.['tags']).toEqual(expect.arrayContaining([...theirTags]));
  });

  test('whom a rule tells, and a monitor’s other options', async () => {
    const rule = await upgraded(OBJECTS[2]);
    const stored = rule.emulator.stores.rules.get(rule.id)!;
    const cases = (stored['cases'] as readonly Json[]).map((one) => ({ ...one, notifications: ['@slack-security'] }));
    rule.emulator.stores.rules.set(rule.id, { ...stored, cases });
    await rule.run();
    expect(rule.emulator.stores.rules.get(rule.id)).toMatchObject({
      cases: [{ notifications: ['@slack-security'], condition: 'a > 0' }],
    });

    const monitor = await upgraded(OBJECTS[3]);
    const options = {
      ...(monitor.emulator.stores.monitors.get(monitor.id)?.['options'] as Json),
      renotify_interval: 60,
    };
    monitor.emulator.stores.monitors.set(monitor.id, { ...monitor.emulator.stores.monitors.get(monitor.id), options });
    await monitor.run();
    expect(monitor.emulator.stores.monitors.get(monitor.id)).toMatchObject({
      options: { renotify_interval: 60, thresholds: { critical: 0 } },
    });
    expect(monitor.emulator.problems).toEqual([]);
  });

  test('and its earlier mark goes', async () => {
    const { run, emulator, id } = await upgraded(OBJECTS[3]);
    await run();
    const tags = emulator.stores.monitors.get(id)?.['tags'] as readonly string[];
    expect(tags.filter((tag) => tag.startsWith('audit_relay:'))).toHaveLength(1);
    expect(tags.filter((tag) => tag === 'managed_by:audit-relay')).toHaveLength(1);
  });
});

test('two sources have their contents side by side, and neither run touches the other’s', async () => {
  const { run, writes, emulator } = await world(contract());
  await run();
  writes();
  const steps = await run({ config: { source: 'my openai "log"' } });
  expect(outcomes(steps)).toEqual({ created: contents.length, 'left alone': 1 });
  expect(writes().filter((operation) => operation.startsWith('Update'))).toEqual([]);
  expect(outcomes(await run())).toEqual({ current: contents.length, 'left alone': 1 });
  expect(emulator.problems).toEqual([]);
});

test('`setup` lists what is wanted, and nothing else is asked for', async () => {
  const { run, emulator } = await world(contract());
  const steps = await run({ config: { setup: ['monitors'] } });
  expect(new Set(steps.map(({ name }) => name.split(' ')[0]))).toEqual(new Set(['monitor', 'facets']));
  expect(new Set(emulator.seen.map(({ operation }) => operation))).toEqual(
    new Set(['Validate', 'ValidateAPIKey', 'ListMonitors', 'CreateMonitor']),
  );
  expect(await run({ config: { setup: [] } })).toEqual([]);
});

/** The first and the last write of each kind, and one between. */
test.each([1, 2, 3, 12, 23, 24, 27])(
  'cut off after write %d, the next run makes what is missing and nothing twice',
  async (cut) => {
    const { run, emulator } = await world(contract());
    emulator.onWritten = (count) => count === cut;
    const first = await run();
    expect(first.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1);
    emulator.onWritten = () => false;
    expect(outcomes(await run())).not.toHaveProperty('failed');
    const titles = Object.values(emulator.stores).flatMap((store) =>
      [...store.values()].map(({ name, title }) => name ?? title),
    );
    expect(titles.map(String).toSorted(byText)).toEqual(contents.map(({ title }) => title).toSorted(byText));
    expect(emulator.problems).toEqual([]);
  },
);

test('those are all writes that there are', () => {
  expect(contents.map(({ kind }) => kind).indexOf('monitor')).toBe(23);
  expect(contents).toHaveLength(27);
});
