/** The judge of the other tests bites: bodies that are good are changed in one place, and Datadog's documents no longer allow them. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Json } from './api-store.ts';
import { type Content, inside, KINDS, useContract } from './setup-world.ts';

const contract = useContract();
let contents: readonly Content[];
let written: (content: Content) => Json;

beforeAll(async () => {
  const { contentsFor, written: writes } = await inside();
  contents = contentsFor('openai-audit', KINDS);
  written = writes;
});

const CREATED_AT: Readonly<Record<string, string>> = {
  'log pipeline': '/api/v1/logs/config/pipelines',
  dashboard: '/api/v1/dashboard',
  'detection rule': '/api/v2/security_monitoring/rules',
  monitor: '/api/v1/monitor',
};

function problemsOf(kind: string, body: unknown): readonly string[] {
  return contract().find('POST', CREATED_AT[kind]!)!.bodyProblems(body);
}

/** The body with another value at a path; `undefined` takes the member away. */
function changedAt(body: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (step === undefined) return value;
  const copy = (Array.isArray(body) ? [...body] : { ...Object(body) }) as Record<string | number, unknown>;
  copy[step] = changedAt(copy[step], rest, value);
  if (copy[step] === undefined) delete copy[step];
  return copy;
}

test('all bodies as they are sent', () => {
  expect(
    contents.map((content) => ({ title: content.title, problems: problemsOf(content.kind, written(content)) })),
  ).toEqual(contents.map(({ title }) => ({ title, problems: [] })));
});

describe.each([
  { key: 'pipeline', at: ['name'], value: undefined },
  { key: 'pipeline', at: ['name'], value: 7 },
  { key: 'pipeline', at: ['filters'], value: { query: '*' } },
  { key: 'pipeline', at: ['id'], value: 'read-only' },
  { key: 'pipeline', at: ['processors', 0, 'type'], value: 'date-mapper' },
  { key: 'pipeline', at: ['processors', 0, 'sources'], value: 'timestamp' },
  { key: 'pipeline', at: ['processors', 0, 'source'], value: ['timestamp'] },
  { key: 'pipeline', at: ['processors', 4, 'target'], value: undefined },
  { key: 'pipeline', at: ['processors', 4, 'categories', 0, 'filter'], value: '@evt.name:*' },
  { key: 'dashboard', at: ['layout_type'], value: 'order' },
  { key: 'dashboard', at: ['widgets'], value: undefined },
  { key: 'dashboard', at: ['tags'], value: ['a', 'b', 'c', 'd', 'e', 'f'] },
  { key: 'dashboard', at: ['widgets', 0, 'definition', 'type'], value: 'groups' },
  { key: 'dashboard', at: ['widgets', 0, 'layout', 'x'], value: -1 },
  { key: 'dashboard', at: ['widgets', 0, 'definition', 'widgets', 0, 'definition', 'requests'], value: [] },
  {
    key: 'dashboard',
    at: ['widgets', 0, 'definition', 'widgets', 0, 'definition', 'requests', 0, 'queries', 0, 'compute', 'aggregation'],
    value: 'counts',
  },
  {
    key: 'dashboard',
    at: ['widgets', 0, 'definition', 'widgets', 4, 'definition', 'requests', 0, 'display_type'],
    value: 'bar',
  },
  { key: 'api-key-created', at: ['message'], value: undefined },
  { key: 'api-key-created', at: ['type'], value: 'log' },
  { key: 'api-key-created', at: ['cases', 0, 'status'], value: 'severe' },
  { key: 'api-key-created', at: ['cases', 0, 'status'], value: undefined },
  { key: 'api-key-created', at: ['options', 'evaluationWindow'], value: 901 },
  { key: 'api-key-created', at: ['options', 'detectionMethod'], value: 'thresholds' },
  { key: 'api-key-created', at: ['queries', 0, 'aggregation'], value: 'counts' },
  { key: 'api-key-created', at: ['queries', 0, 'groupBy'], value: ['@usr.id'] },
  { key: 'sign-in-new-country', at: ['options', 'newValueOptions', 'forgetAfter'], value: 31 },
  { key: 'sign-in-new-country', at: ['options', 'newValueOptions', 'learningDuration'], value: 7.5 },
  { key: 'monitor-silent', at: ['type'], value: 'logs alert' },
  { key: 'monitor-silent', at: ['query'], value: undefined },
  { key: 'monitor-silent', at: ['options', 'thresholds', 'critical'], value: '1' },
  { key: 'monitor-silent', at: ['options', 'on_missing_data'], value: 'zero' },
  { key: 'monitor-silent', at: ['options', 'enable_log_sample'], value: true },
  { key: 'monitor-silent', at: ['tags'], value: { managed_by: 'audit-relay' } },
])('$key', ({ key, at, value }) => {
  test(`with ${at.join('.')} ${value === undefined ? 'missing' : `as ${JSON.stringify(value)}`} is refused`, () => {
    const content = contents.find((each) => each.key === key)!;
    expect(problemsOf(content.kind, changedAt(written(content), at, value))).not.toEqual([]);
  });
});

describe('what is no body', () => {
  test.each([
    { method: 'GET', path: '/api/v1/monitors' },
    { method: 'PATCH', path: '/api/v1/monitor' },
    { method: 'POST', path: '/api/v1/logs/config/pipelines/7' },
    { method: 'PUT', path: '/api/v2/security_monitoring/rule/7' },
  ])('$method $path is no operation', ({ method, path }) => {
    expect(contract().find(method, path)).toBeUndefined();
  });

  test('a path that is written out goes before one with a parameter there', () => {
    expect(contract().find('POST', '/api/v1/monitor/validate')?.id).toBe('ValidateMonitor');
    expect(contract().find('GET', '/api/v1/monitor/7')).toMatchObject({
      id: 'GetMonitor',
      params: { monitor_id: '7' },
    });
  });

  test.each(['page_size=1001', 'page=x', 'pages=1'])('the query %s is refused', (query) => {
    const list = contract().find('GET', '/api/v1/monitor')!;
    expect(list.queryProblems(new URLSearchParams(query))).not.toEqual([]);
    expect(list.queryProblems(new URLSearchParams('page=0&page_size=100&monitor_tags=a:b'))).toEqual([]);
  });

  test('an answer without what it must hold is refused, and one with more is not', () => {
    const create = contract().find('POST', '/api/v1/monitor')!;
    expect(create.answerProblems(200, { id: 7, query: 'q', type: 'log alert', org_id: 1 })).toEqual([]);
    expect(create.answerProblems(200, { id: '7', query: 'q', type: 'log alert' })).not.toEqual([]);
    expect(create.answerProblems(201, { id: 7, query: 'q', type: 'log alert' })).not.toEqual([]);
  });

  test('the API key alone is enough to have it looked at, and for nothing else here', () => {
    expect(contract().find('GET', '/api/v1/validate')?.keys).toBe('api');
    expect(contract().find('GET', '/api/v1/monitor')?.keys).toBe('both');
  });
});
