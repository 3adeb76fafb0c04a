/**
 * The mappings of the Elasticsearch sink against what the core writes and against ECS: a field without a mapping would
 * be guessed by the server, and one of another type than ECS says would not be found by who knows ECS.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { known } from '@audit-relay/core';
import { describe, expect, test } from 'vitest';

/** What of a field's mapping is compared. */
interface Mapping {
  readonly type: string;
  readonly ignore_above?: number;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A field of the published list of ECS. */
interface EcsField {
  readonly type: string;
  readonly ignore_above?: number;
  readonly multi_fields?: readonly string[];
}

const FIXTURES = join(import.meta.dirname, '../../packages/core/src/normalize/__fixtures__');
/** The index template gives these theirs, by the mode. */
const OF_THE_TEMPLATE = /^data_stream\./;

/** Tables within the packages, which export nothing of the kind to users. */
async function tableOf(name: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const home = pathToFileURL(createRequire(import.meta.url).resolve(name));
  // A module that is named at run time has no static type.
  return (await import(new URL(path, home).href)) as Readonly<Record<string, unknown>>;
}

const { fieldProperties } = await tableOf('@audit-relay/sink-elasticsearch', 'setup/fields.js');
const { FILTER_FIELDS } = await tableOf('@audit-relay/core', 'normalize/filter-fields.js');
const mapped = mappingsOf((fieldProperties as () => unknown)());
const ecs = JSON.parse(readFileSync(join(FIXTURES, 'ecs-fields.json'), 'utf8')).fields as Record<string, EcsField>;

/** Mappings by the field's full name. */
function mappingsOf(properties: unknown, path = ''): ReadonlyMap<string, Mapping> {
  return new Map(
    Object.entries(Object(properties)).flatMap(([name, part]): (readonly [string, Mapping])[] => {
      const below = Object(part).properties;
      const full = `${path}${name}`;
      return below === undefined ? [[full, part as Mapping]] : [...mappingsOf(below, `${full}.`)];
    }),
  );
}

/** Full names of all leaves; a place on the map and a payload are leaves. */
function namesOf(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, part]) => {
    const full = path === '' ? name : `${path}.${name}`;
    return /^(source\.geo\.location|openai\.audit\.details)$/.test(full) ? [full] : namesOf(part, full);
  });
}

const isMapped = (name: string): boolean => mapped.has(name) || OF_THE_TEMPLATE.test(name);

test('every field that the core can write is mapped', () => {
  const names = namesOf(FILTER_FIELDS);
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !isMapped(name))).toEqual([]);
});

test('what is mapped is written, but for what a pipeline or an option adds, and the identity of the relay', () => {
  const written = new Set(namesOf(FILTER_FIELDS));
  const others = [...mapped.keys()].filter((name) => !written.has(name) && !/^(@timestamp|agent\..*)$/.test(name));
  expect(others).toEqual(['event.ingested', 'event.original']);
});

const golden = join(FIXTURES, 'golden');
test.each(readdirSync(golden))('every field of the document %s is mapped', (file) => {
  const names = namesOf(JSON.parse(readFileSync(join(golden, file), 'utf8')).ecs);
  expect(names.filter((name) => !isMapped(name))).toEqual([]);
});

describe('types are those of ECS', () => {
  const ours = [...mapped].filter(([name]) => !name.startsWith('openai.'));
  test.each(ours)('%s', (name, mapping) => {
    const { type, ignore_above, multi_fields: more = [] } = ecs[name] ?? { type: 'not in ECS' };
    const fields = Object.keys(mapping.fields ?? {}).map((field) => `${name}.${field}`);
    expect({ type: mapping.type, ignore_above: mapping.ignore_above, fields }).toEqual({
      type,
      ignore_above,
      fields: [...more],
    });
  });
});

test('every action that the dashboard asks for is one that the API has', () => {
  const file = join(import.meta.dirname, '../../packages/sink-elasticsearch/kibana/audit-relay.ndjson');
  const asked = [...readFileSync(file, 'utf8').matchAll(/event\.action : (?:\(([^)]*)\)|([\w.*]+))/g)];
  const patterns = new Set(asked.flatMap(([, several, one = '']) => several?.split(' or ') ?? [one]));
  const types = known.types().map(([type]) => type);
  const vain = [...patterns].filter((pattern) => {
    const matching = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    return !types.some((type) => matching.test(type));
  });
  expect(patterns.size).toBeGreaterThan(5);
  expect(vain).toEqual([]);
});
