import { describe, expect, test } from 'vitest';
import { type Server, startServer } from './__fixtures__/server.ts';
import { setUp, setupPlan, templateState } from './index.ts';
import { SETUP_VERSION } from './owned.ts';
import type { SetupPlan, SetupQuestion } from './shapes.ts';

const COMPONENT = '/_component_template/audit-relay-openai';
const TEMPLATE = '/_index_template/logs-openai.org_audit';
const STREAM = '/_data_stream/logs-openai.org_audit-default';

interface World {
  readonly server: Server;
  readonly plan: SetupPlan;
  /** Outcomes in order, each with the first words of its name. */
  run(isDryRun?: boolean): Promise<readonly string[]>;
  state(): Promise<string>;
}

function worldFor(asked: Partial<SetupQuestion> = {}, server: Server = startServer()): World {
  const plan = setupPlan({
    mode: 'data_stream',
    namespace: 'default',
    indexPattern: 'openai-audit-%Y.%m',
    serverless: false,
    version: '9.5.3',
    ...asked,
  });
  return {
    server,
    plan,
    run: async (isDryRun) => {
      const steps = await setUp(server, plan, isDryRun);
      return steps.map(({ name, outcome }) => `${name.split(' ').slice(0, 2).join(' ')}: ${outcome}`);
    },
    state: async () => (await templateState(server, plan)).state,
  };
}

/** What is held under a path, with another `_meta`. */
function mark({ server }: World, path: string, meta: object | undefined): void {
  const { _meta, ...rest } = Object(server.held.get(path));
  server.held.set(path, meta === undefined ? rest : { ...rest, _meta: { ..._meta, ...meta } });
}

describe('on a server that has nothing', () => {
  test('everything is created, and a second run writes nothing', async () => {
    const world = worldFor({ retention: '90d' });
    expect(await world.state()).toBe('missing');
    expect(await world.run()).toEqual([
      'component template: created',
      'index template: created',
      'data stream: created',
    ]);
    const writes = world.server.writes.length;
    expect(await world.run()).toEqual([
      'component template: current',
      'index template: current',
      'data stream: current',
    ]);
    expect(world.server.writes).toHaveLength(writes);
    expect(await world.state()).toBe('current');
  });

  test('without a retention the stream is left to the first event', async () => {
    const world = worldFor();
    expect(await world.run()).toEqual(['component template: created', 'index template: created']);
    expect(world.server.held.has(STREAM)).toBe(false);
  });

  test('indices by time get their policy before the template that names it', async () => {
    const world = worldFor({ mode: 'index', retention: '90d' });
    const kinds = ['component template', 'lifecycle policy', 'index template'];
    expect(await world.run()).toEqual(kinds.map((kind) => `${kind}: created`));
    expect(await world.run()).toEqual(kinds.map((kind) => `${kind}: current`));
    expect(await world.state()).toBe('current');
  });

  test('a dry run says the same and writes nothing', async () => {
    const world = worldFor({ retention: '90d' });
    expect(await world.run(true)).toEqual([
      'component template: created',
      'index template: created',
      'data stream: created',
    ]);
    expect(world.server.writes).toEqual([]);
  });
});

describe('what somebody else made is left alone', () => {
  const foreign: readonly [name: string, meta: object | undefined][] = [
    ['without _meta', undefined],
    ['with another manager', { managed_by: 'fleet' }],
  ];
  test.each(foreign)('a component template %s ends the set-up', async (_, meta) => {
    const world = worldFor();
    await world.run();
    mark(world, COMPONENT, meta);
    const before = new Map(world.server.held);
    expect(await world.run()).toEqual(['component template: left alone']);
    expect(world.server.held).toEqual(before);
    expect(await world.state()).toBe('foreign');
  });

  test('a stream that another template created keeps its lifecycle, and the step says how to go on', async () => {
    const world = worldFor({ retention: '90d' });
    world.server.held.set(STREAM, { lifecycle: { enabled: true, data_retention: '7d' } });
    const steps = await setUp(world.server, world.plan);
    expect(steps.at(-1)).toMatchObject({ outcome: 'left alone', fix: expect.stringContaining('_rollover') });
    expect(world.server.held.get(STREAM)).toEqual({ lifecycle: { enabled: true, data_retention: '7d' } });
  });

  test('what a later release made is not undone, and is good enough', async () => {
    const world = worldFor();
    await world.run();
    for (const path of [COMPONENT, TEMPLATE]) mark(world, path, { version: SETUP_VERSION + 1, digest: 'other' });
    const writes = world.server.writes.length;
    expect(await world.run()).toEqual(['component template: left alone', 'index template: left alone']);
    expect(world.server.writes).toHaveLength(writes);
    expect(await world.state()).toBe('newer');
  });
});

describe('what is ours is brought up to date', () => {
  const older: readonly [name: string, meta: object][] = [
    ['an earlier version', { version: 0 }],
    ['the same version of another configuration', { digest: 'other' }],
    ['a version that is no number', { version: 'one' }],
  ];
  test.each(older)('%s is written anew', async (_, meta) => {
    const world = worldFor();
    await world.run();
    mark(world, TEMPLATE, meta);
    expect(await world.state()).toBe('outdated');
    expect(await world.run()).toEqual(['component template: current', 'index template: updated']);
    expect(await world.state()).toBe('current');
  });

  test('another retention reaches a stream that is already there', async () => {
    const { server } = worldFor();
    await worldFor({ retention: '90d' }, server).run();
    expect(await worldFor({ retention: '30d' }, server).run()).toContain('data stream: updated');
    expect(server.writes.at(-1)).toEqual({
      method: 'PUT',
      path: `${STREAM}/_lifecycle`,
      body: { data_retention: '30d' },
    });
    expect(await worldFor({}, server).run()).toContain('data stream: current');
    expect(server.held.get(STREAM)).toMatchObject({ lifecycle: { data_retention: '30d' } });
  });

  test('a dry run says what would be updated and leaves it', async () => {
    const { server } = worldFor();
    await worldFor({ retention: '90d' }, server).run();
    const writes = server.writes.length;
    expect(await worldFor({ retention: '30d' }, server).run(true)).toContain('data stream: updated');
    expect(server.writes).toHaveLength(writes);
  });
});

describe('a refusal is a step that failed, with the fix, and ends the set-up', () => {
  const conflict = 'index template [a] has index patterns […] that have the same priority [500], please …';
  const cases: readonly [name: string, line: string, answer: object | Error, detail: RegExp, fix: RegExp][] = [
    ['credentials', `GET ${COMPONENT}`, { status: 401 }, /refuses the credentials/, /auth/],
    [
      'a right to look',
      `GET ${COMPONENT}`,
      { status: 403 },
      /privilege manage_index_templates/,
      /run audit-relay setup/,
    ],
    ['a right to write', `PUT ${COMPONENT}`, { status: 403 }, /privilege manage_index_templates/, /grant the cluster/],
    ['a right on templates', `PUT ${TEMPLATE}`, { status: 403 }, /privilege manage_index_templates/, /grant/],
    ['a right to see the stream', `GET ${STREAM}`, { status: 403 }, /view_index_metadata on logs-openai/, /grant/],
    ['a right to create it', `PUT ${STREAM}`, { status: 403 }, /manage on logs-openai.org_audit-default/, /grant/],
    ['a right to its lifecycle', `PUT ${STREAM}/_lifecycle`, { status: 403 }, /manage on logs-openai/, /grant/],
    ['two of one priority', `PUT ${TEMPLATE}`, refused(400, { reason: conflict }), /400: index template/, /priority/],
    ['a text alone', `PUT ${TEMPLATE}`, refused(400, 'no handler found'), /400: no handler found$/, /report/],
    ['a proxy’s page', `GET ${TEMPLATE}`, { status: 502, body: undefined }, /502: no reason given/, /run it again/],
    ['no answer', `GET ${COMPONENT}`, new Error('ECONNREFUSED'), /no answer: ECONNREFUSED/, /nodes/],
    ['no answer to a write', `PUT ${TEMPLATE}`, new Error('timeout'), /no answer: timeout/, /nodes/],
    ['no answer about the stream', `GET ${STREAM}`, new Error('timeout'), /no answer: timeout/, /nodes/],
  ];
  test.each(cases)('%s', async (...[, line, answer, detail, fix]) => {
    const { server, plan } = worldFor({ retention: '90d' });
    server.instead.set(line, answer instanceof Error ? answer : { status: 0, body: {}, ...answer });
    const steps = await setUp(server, plan);
    expect(steps.at(-1)).toMatchObject({
      outcome: 'failed',
      detail: expect.stringMatching(detail),
      fix: expect.stringMatching(fix),
    });
    expect(steps.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1);
    const failedAt = ['_component_template', '_index_template', '_data_stream'].findIndex((part) =>
      line.includes(part),
    );
    expect(steps).toHaveLength(failedAt + 1);
  });

  test('a stream of which nothing is asked need not be seen', async () => {
    const world = worldFor();
    world.server.instead.set(`GET ${STREAM}`, { status: 403, body: {} });
    expect(await world.run()).toEqual(['component template: created', 'index template: created']);
  });

  test('manage_ilm is named for a policy', async () => {
    const { server, plan } = worldFor({ mode: 'index', retention: '90d' });
    server.instead.set('PUT /_ilm', { status: 403, body: {} });
    expect((await setUp(server, plan)).at(-1)).toMatchObject({ detail: expect.stringContaining('manage_ilm') });
  });

  test('doctor is told that it is not known', async () => {
    const world = worldFor();
    world.server.instead.set('GET ', { status: 403, body: {} });
    expect(await world.state()).toBe('unknown');
    expect(await worldFor({ version: '8.2.0' }).state()).toBe('unknown');
  });
});

test('of several objects doctor is told the worst', async () => {
  const world = worldFor();
  await world.run();
  mark(world, COMPONENT, { version: SETUP_VERSION + 1 });
  expect(await world.state()).toBe('newer');
  mark(world, TEMPLATE, { version: 0 });
  expect(await world.state()).toBe('outdated');
  world.server.held.delete(COMPONENT);
  expect(await templateState(world.server, world.plan)).toEqual({
    state: 'missing',
    detail: 'component template audit-relay-openai is not there',
    fix: 'run audit-relay setup',
  });
});

function refused(status: number, error: unknown): object {
  return { status, body: { error, status } };
}
