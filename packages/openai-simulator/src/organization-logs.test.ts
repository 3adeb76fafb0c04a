import { afterEach, describe, expect, test } from 'vitest';
import { defaultKey, type Knobs, type NewEvent, type Simulator, startSimulator } from './index.ts';
import { at } from './json.ts';

const startMs = 1_790_000_000_000;
const startS = startMs / 1000;

const opened: Simulator[] = [];
afterEach(async () => {
  for (const simulator of opened.splice(0)) await simulator.close();
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The list, under whichever name. */
  readonly logs: readonly unknown[];
  readonly ids: readonly unknown[];
}

/** A simulator that serves the dialect, and a client with its key. */
async function open(
  knobs: Partial<Knobs> = {},
  events: number | readonly NewEvent[] = 300,
): Promise<{
  readonly simulator: Simulator;
  get(target?: string): Promise<Answer>;
}> {
  const generated = typeof events === 'number' ? events : 0;
  const dialect = { organization_logs: 'data', ...knobs } as const;
  const simulator = await startSimulator({ events: generated, now: () => startMs, knobs: dialect });
  if (typeof events !== 'number') simulator.add(events);
  opened.push(simulator);
  const get = async (target = ''): Promise<Answer> => {
    const headers = { authorization: `Bearer ${defaultKey}` };
    const response = await fetch(`${simulator.url}/organization_logs/${target}`, { headers });
    const body: unknown = await response.json();
    const list = at(body, 'data') ?? at(body, 'logs') ?? body;
    const logs: readonly unknown[] = Array.isArray(list) ? list : [];
    return { status: response.status, body, logs, ids: logs.map((log) => at(log, 'id')) };
  };
  return { simulator, get };
}

function event(type: string, members: object = {}, id: string = type): NewEvent {
  return { record: { id: `audit_log-${id}`, type, effective_at: startS - 10, ...members } };
}

const session = {
  type: 'session',
  session: { user: { id: 'user-1', email: 'a@example.com' }, ip_address: '192.0.2.1' },
};

describe('the older dialect', () => {
  test('is not there until it is asked for', async () => {
    const { get } = await open({ organization_logs: 'off' });
    expect((await get()).status).toBe(404);
  });

  test('walks through the organization’s events with after, either way, and matches its own truth', async () => {
    const { simulator, get } = await open();
    const expected = [...simulator.truth('organization_logs')].map(({ id }) => id);
    for (const order of ['asc', 'desc']) {
      const walked: unknown[] = [];
      for (let after = ''; ; ) {
        const { body, ids } = await get(`?limit=37&order=${order}${after}`);
        walked.push(...ids);
        if (at(body, 'has_more') !== true) break;
        expect(at(body, 'after')).toBe(ids.at(-1));
        after = `&after=${String(ids.at(-1))}`;
      }
      expect(order === 'asc' ? walked : walked.reverse()).toEqual(expected);
    }
    expect(expected.length).toBe(simulator.stats().events.organization);
  });

  test('has 20 logs when nothing is said, newest first, with or without the slash', async () => {
    const { simulator, get } = await open();
    const newest = [...simulator.truth('organization_logs')].map(({ id }) => id).slice(-20);
    expect((await get()).ids).toEqual(newest.reverse());
    const headers = { authorization: `Bearer ${defaultKey}` };
    expect((await fetch(`${simulator.url}/organization_logs?limit=1`, { headers })).status).toBe(200);
  });

  test('has its list under the name that was asked for, or bare', async () => {
    const logs = await open({ organization_logs: 'logs' });
    expect(Object.keys(Object((await logs.get()).body))).toEqual(['logs', 'has_more', 'after']);
    const bare = await open({ organization_logs: 'array' });
    expect((await bare.get('?limit=3')).body).toHaveLength(3);
  });

  test('gives a single log by its id, and 404 for another', async () => {
    const { get } = await open();
    const [log] = (await get('?limit=1')).logs;
    expect((await get(String(at(log, 'id')))).body).toEqual(log);
    expect(await get('log_nothing')).toMatchObject({ status: 404, body: { error: { param: null } } });
  });

  test('may ignore order', async () => {
    const { get } = await open({ ignore_order: true });
    expect((await get('?order=asc')).ids).toEqual((await get()).ids);
  });

  test.each(['?order=up', '?limit=0', '?after=log_nothing'])('answers 400 to %s', async (target) => {
    const { get } = await open();
    expect((await get(target)).status).toBe(400);
  });

  test('takes knobs and faults as the other dialect does', async () => {
    const { get, simulator } = await open({ has_more_lies: 'true', no_last_id: true, ignore_unknown_params: false });
    expect(Object.keys(Object((await get()).body))).toEqual(['data', 'has_more']);
    expect((await get('?tenant_only=true')).status).toBe(400);
    simulator.set({ faults: [{ rate: 1, kinds: ['503'] }] });
    expect((await get()).status).toBe(503);
  });
});

describe('a log', () => {
  const cases: readonly { readonly name: string; readonly event: NewEvent; readonly log: object }[] = [
    {
      name: 'of a user who was added has the dialect’s name for it',
      event: event('user.added', { actor: session, 'user.added': { id: 'user-2', data: { role: 'owner' } } }, 'x'),
      log: {
        id: 'log_x',
        event: 'organization.user.created',
        actor: { type: 'user', id: 'user-1', name: 'a@example.com' },
        target: { type: 'user', id: 'user-2' },
        success: true,
        created_at: startS - 10,
      },
    },
    {
      name: 'of a key’s act names the key, and the target’s project',
      event: event('api_key.deleted', {
        project: { id: 'proj_1', name: 'Labs' },
        actor: { type: 'api_key', api_key: { id: 'key_1', type: 'service_account' } },
        'api_key.deleted': { id: 'key_2' },
      }),
      log: {
        id: 'log_api_key.deleted',
        event: 'organization.api_key.deleted',
        actor: { type: 'api_key', id: 'key_1' },
        target: { type: 'api_key', id: 'key_2', name: 'Labs' },
        success: true,
        created_at: startS - 10,
      },
    },
    {
      name: 'of a login that failed has the error where a call has it',
      event: event('login.failed', { 'login.failed': { error_code: 'denied', error_message: 'No.' } }),
      log: {
        id: 'log_login.failed',
        event: 'organization.login.failed',
        actor: { type: 'organization' },
        target: { type: 'login' },
        api_request: { error: { code: 'denied', message: 'No.' } },
        success: false,
        created_at: startS - 10,
      },
    },
    {
      name: 'of the organization keeps its name',
      event: event('organization.updated', { actor: null, 'organization.updated': { id: 'org-1' } }),
      log: {
        id: 'log_organization.updated',
        event: 'organization.updated',
        actor: { type: 'organization' },
        target: { type: 'organization', id: 'org-1' },
        success: true,
        created_at: startS - 10,
      },
    },
    {
      name: 'that is one already stays as it is',
      event: { record: { id: 'log-123', event: 'organization.user.deleted', created_at: startS - 5, odd: true } },
      log: { id: 'log-123', event: 'organization.user.deleted', created_at: startS - 5, odd: true },
    },
    {
      name: 'that is one already may have an id like those of the others',
      event: { record: { id: 'log_abc', event: 'organization.user.deleted', created_at: startS - 5 } },
      log: { id: 'log_abc', event: 'organization.user.deleted', created_at: startS - 5 },
    },
    {
      name: 'of an event with an id of another form has that after its own prefix',
      event: { record: { id: 'req_7', type: 'group.deleted', effective_at: startS - 5, 'group.deleted': { id: 'g' } } },
      log: {
        id: 'log_req_7',
        event: 'organization.group.deleted',
        actor: { type: 'organization' },
        target: { type: 'group', id: 'g' },
        success: true,
        created_at: startS - 5,
      },
    },
  ];
  test.each(cases)('$name', async ({ event: added, log }) => {
    const { get, simulator } = await open({}, [added]);
    expect(at((await get()).body, 'data')).toEqual([log]);
    const [row] = simulator.truth('organization_logs');
    expect((await get(String(row?.id))).body).toEqual(log);
    expect(row?.effectiveAt).toBe(at(log, 'created_at'));
  });

  test('is not found by the id of its event', async () => {
    const { get } = await open({}, [event('user.deleted', {}, 'x')]);
    expect((await get('log_x')).status).toBe(200);
    expect((await get('audit_log-x')).status).toBe(404);
  });

  test('of a login that succeeded is a call of the API by the same person', async () => {
    const { get } = await open({}, [event('login.succeeded', { actor: session }, 'x')]);
    const { body } = await get('log_x');
    expect(body).toMatchObject({
      event: 'chat.completions.create',
      actor: { type: 'user', id: 'user-1' },
      target: { type: 'chat_completion', id: expect.stringMatching(/^chatcmpl-/) },
      api_request: {
        id: expect.stringMatching(/^req_/),
        model: expect.any(String),
        prompt_truncated: expect.any(Boolean),
      },
    });
  });

  test('of a call says of its success beside the call or inside it, and holds a response or an error', async () => {
    const { get } = await open({}, 1_000);
    const calls: unknown[] = [];
    for (let after = ''; calls.length < 300; ) {
      const { logs, ids } = await get(`?limit=100${after}`);
      calls.push(...logs.filter((log) => at(log, 'event') === 'chat.completions.create'));
      after = `&after=${String(ids.at(-1))}`;
    }
    const shapes = new Set(
      calls.map((log) => {
        const inside = at(log, 'api_request', 'success');
        const success = inside ?? at(log, 'success');
        const answer = at(log, 'api_request', 'response') === undefined ? 'error' : 'response';
        return `${inside === undefined ? 'beside' : 'inside'} ${String(success)} ${answer}`;
      }),
    );
    expect([...shapes].sort()).toEqual([
      'beside false error',
      'beside true response',
      'inside false error',
      'inside true response',
    ]);
  });
});
