import { describe, expect, test } from 'vitest';
import { fieldProperties } from './fields.ts';
import { setupPlan } from './plan.ts';
import type { SetupPlan, SetupQuestion } from './shapes.ts';

function planFor(asked: Partial<SetupQuestion> = {}): SetupPlan {
  return setupPlan({
    mode: 'data_stream',
    namespace: 'default',
    indexPattern: 'openai-audit-%Y.%m',
    serverless: false,
    version: '9.5.3',
    ...asked,
  });
}

function bodyOf(plan: SetupPlan, kind: string): unknown {
  return plan.objects.find((object) => object.kind === kind)?.body;
}

describe('the bodies, to the last byte', () => {
  test('the component template holds the mappings and the limits on what is not in them', () => {
    const [component] = planFor().objects;
    expect(component).toMatchObject({ path: '/_component_template/audit-relay-openai' });
    expect(component?.body).toEqual({
      template: {
        settings: {
          index: {
            mapping: { ignore_malformed: true, total_fields: { limit: 300, ignore_dynamic_beyond_limit: true } },
          },
        },
        mappings: {
          dynamic: true,
          date_detection: false,
          dynamic_templates: [
            {
              payloads: {
                match_mapping_type: 'object',
                path_match: ['entity.data', 'entity_result.data', 'unmapped'],
                mapping: { type: 'flattened', ignore_above: 8191, depth_limit: 100 },
              },
            },
            { strings: { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 1024 } } },
          ],
          properties: fieldProperties(),
        },
      },
      version: 2,
      _meta: { managed_by: 'audit-relay', version: 2, digest: component?.meta.digest },
    });
  });

  test('the streams’ index template', () => {
    const constant = { type: 'constant_keyword' };
    expect(bodyOf(planFor(), 'index template')).toEqual({
      index_patterns: ['logs-openai.org_audit-*'],
      priority: 500,
      composed_of: ['audit-relay-openai', 'logs-openai.org_audit@custom'],
      ignore_missing_component_templates: ['logs-openai.org_audit@custom'],
      data_stream: {},
      template: {
        mappings: {
          properties: { data_stream: { properties: { type: constant, dataset: constant, namespace: constant } } },
        },
        lifecycle: { enabled: true },
        data_stream_options: { failure_store: { enabled: true } },
      },
      version: 2,
      _meta: { managed_by: 'audit-relay', version: 2, digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
  });

  test('the template and the policy of monthly indices', () => {
    const plan = planFor({ mode: 'index', retention: '90d' });
    const keyword = { type: 'keyword' };
    const name = 'audit-relay-openai-audit-yyyy.mm';
    expect(plan.objects.map(({ path }) => path)).toEqual([
      '/_component_template/audit-relay-openai',
      `/_ilm/policy/${name}`,
      `/_index_template/${name}`,
    ]);
    expect(bodyOf(plan, 'lifecycle policy')).toEqual({
      policy: {
        phases: { delete: { min_age: '121d', actions: { delete: {} } } },
        _meta: { managed_by: 'audit-relay', version: 2, digest: expect.any(String) },
      },
    });
    expect(bodyOf(plan, 'index template')).toMatchObject({
      index_patterns: ['openai-audit-*.*'],
      priority: 500,
      composed_of: ['audit-relay-openai', `${name}@custom`],
      template: {
        settings: { index: { lifecycle: { name } } },
        mappings: {
          properties: { data_stream: { properties: { type: keyword, dataset: keyword, namespace: keyword } } },
        },
      },
    });
    expect(bodyOf(plan, 'index template')).not.toHaveProperty('data_stream');
  });

  test('raw records have a component template of their own, in which nothing is parsed', () => {
    const plan = planFor({ mode: 'index', format: 'raw' });
    expect(plan.objects.map(({ path }) => path)).toEqual([
      '/_component_template/audit-relay-openai-raw',
      '/_index_template/audit-relay-openai-audit-yyyy.mm',
    ]);
    expect(bodyOf(plan, 'component template')).toMatchObject({
      template: {
        mappings: {
          enabled: false,
          runtime: {
            type: { type: 'keyword' },
            effective_at: { type: 'date', format: 'epoch_second||strict_date_optional_time' },
            'actor.session.ip_address': { type: 'ip' },
          },
        },
      },
    });
    const index = bodyOf(plan, 'index template');
    expect(index).toMatchObject({
      composed_of: ['audit-relay-openai-raw', 'audit-relay-openai-audit-yyyy.mm@custom'],
      template: {},
    });
    expect(index).not.toHaveProperty('template.mappings');
  });

  test.each(['ecs', 'ocsf', undefined] as const)(
    'documents of format %s have the component template of ECS',
    (format) => {
      const plan = planFor({ mode: 'index', ...(format === undefined ? {} : { format }) });
      expect(plan.objects[0]?.path).toBe('/_component_template/audit-relay-openai');
    },
  );

  test('whoever changes a body moves SETUP_VERSION and then these digests', () => {
    const plans = [
      planFor(),
      planFor({ version: '9.0.4' }),
      planFor({ mode: 'index', retention: '90d' }),
      planFor({ mode: 'index', format: 'raw' }),
    ];
    const marks = plans.flatMap(({ objects }) => objects.map(({ meta }) => `${meta.version} ${meta.digest}`));
    expect([...new Set(marks)].toSorted()).toEqual([
      '2 332e2d8da43a3ee6',
      '2 67a3da2421ca727a',
      '2 74636870d2cc3cc0',
      '2 75fb1ce5ec3d8225',
      '2 968296ff0b36b002',
      '2 a4f0caa5c1ae7ab6',
      '2 d6b8b9db4f7396d6',
    ]);
  });
});

describe('two sinks in one cluster never undo each other', () => {
  const same: readonly [name: string, a: Partial<SetupQuestion>, b: Partial<SetupQuestion>][] = [
    ['namespaces', { namespace: 'a' }, { namespace: 'b' }],
    ['retentions of streams', { retention: '7d' }, { retention: '90d' }],
  ];
  test.each(same)('%s share all templates', (_, a, b) => {
    expect(planFor(a).objects).toEqual(planFor(b).objects);
  });

  test('index patterns share the mappings alone', () => {
    const [a, b] = ['audit-%Y.%m', 'audit-%Y.%m.%d'].map((indexPattern) => planFor({ mode: 'index', indexPattern }));
    const shared = a?.objects.filter(({ name }) => b?.objects.some((other) => other.name === name));
    expect(shared?.map(({ kind }) => kind)).toEqual(['component template']);
    expect(planFor().objects[0]).toEqual(a?.objects[0]);
  });
});

describe('the failure store is asked for only where the server knows it', () => {
  const cases: readonly [version: string, serverless: boolean, isKnown: boolean][] = [
    ['8.14.0', false, false],
    ['8.18.8', false, false],
    ['8.19.0', false, true],
    ['8.20.1', false, true],
    ['9.0.4', false, false],
    ['9.1.0', false, true],
    ['9.10.0', false, true],
    ['10.0.0', false, true],
    ['8.11.0', true, true],
  ];
  test.each(cases)('%s, serverless %s: %s', (version, serverless, isKnown) => {
    const { data_stream_options: options } = Object(
      Object(bodyOf(planFor({ version, serverless }), 'index template')).template,
    );
    expect(options).toEqual(isKnown ? { failure_store: { enabled: true } } : undefined);
  });
});

describe('an index is deleted only when its last event is older than the retention', () => {
  const cases: readonly [indexPattern: string, retention: string, minAge: string | undefined][] = [
    ['a-%Y', '30d', '396d'],
    ['a-%Y.%m', '30d', '61d'],
    ['a-%Y.%m.%d', '30d', '31d'],
    ['a-%Y.%m', '36h', '780h'],
    // The day of a month comes again each month, and within a year each name covers twelve days.
    ['a-%Y-%d', '30d', '396d'],
    ['a-%m', '30d', undefined],
    ['a', '30d', undefined],
  ];
  test.each(cases)('%s kept for %s: age %s', (indexPattern, retention, minAge) => {
    const plan = planFor({ mode: 'index', indexPattern, retention });
    const policy = Object(bodyOf(plan, 'lifecycle policy')).policy;
    expect(policy?.phases.delete.min_age).toBe(minAge);
    expect(plan.settled.map(({ outcome }) => outcome)).toEqual(minAge === undefined ? ['left alone'] : []);
    expect(JSON.stringify(bodyOf(plan, 'index template')).includes('lifecycle')).toBe(minAge !== undefined);
  });
});

test('a serverless project has no policy for plain indices, and says so', () => {
  const plan = planFor({ mode: 'index', retention: '30d', serverless: true });
  expect(plan.objects.map(({ kind }) => kind)).toEqual(['component template', 'index template']);
  expect(plan.settled).toMatchObject([{ name: 'retention', outcome: 'left alone', fix: expect.any(String) }]);
  expect(planFor({ mode: 'index', serverless: true }).settled).toEqual([]);
});

test('a server older than 8.14 gets nothing, and the plan says why', () => {
  for (const version of ['8.13.4', '7.17.29']) {
    const plan = planFor({ version });
    expect(plan.objects).toEqual([]);
    expect(plan.settled).toMatchObject([{ outcome: 'failed', detail: expect.stringContaining(version) }]);
  }
  expect(planFor({ version: '8.14.0' }).settled).toEqual([]);
  // Serverless says 8.11.0 of itself, whatever it is.
  expect(planFor({ version: '8.11.0', serverless: true }).settled).toEqual([]);
});

test('a payload is one flattened field, its text is kept and not searched, and every document has a time', () => {
  expect(fieldProperties()).toMatchObject({
    '@timestamp': { type: 'date', ignore_malformed: false },
    event: { properties: { id: { type: 'keyword' }, original: { index: false, doc_values: false } } },
    openai: {
      properties: { audit: { properties: { details: { type: 'flattened', ignore_above: 8191, depth_limit: 100 } } } },
    },
  });
});
