/** No Kibana runs here, so the file is checked for what Kibana resolves when it imports and opens it. */
import { describe, expect, test } from 'vitest';
import { fieldProperties } from '../setup/fields.ts';
import { setupPlan } from '../setup/index.ts';
import { MAP_PANEL, PANELS } from './panels.ts';
import { dashboardFile, type SavedObject } from './saved-objects.ts';

const objects = dashboardFile()
  .trim()
  .split('\n')
  .map((line): SavedObject => JSON.parse(line));
const lenses = ofType('lens');
const dashboard = only('dashboard');

function ofType(type: string): readonly SavedObject[] {
  return objects.filter((object) => object.type === type);
}

function only(type: string): SavedObject {
  const found = ofType(type);
  expect(found).toHaveLength(1);
  return found[0] ?? { type, id: '', attributes: {}, references: [] };
}

/** Attributes whose name ends in JSON hold a list of objects as text. */
function parsed({ attributes }: SavedObject, name: string): readonly Record<string, unknown>[] {
  return JSON.parse(textOf(attributes[name]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The one layer of a Lens, its chart, and what it asks. */
function partsOf(lens: SavedObject): Readonly<Record<'layers' | 'visualization' | 'query', Record<string, unknown>>> {
  const { datasourceStates, visualization, query } = Object(lens.attributes['state']);
  return { layers: datasourceStates.formBased.layers, visualization, query };
}

/** Type of a field in the mappings, by its full name. */
function typeOf(name: string): unknown {
  const path = name.split('.').join('.properties.').split('.');
  return Object(path.reduce<unknown>((part, member) => Object(part)[member], fieldProperties())).type;
}

test('the file that is shipped is made of these sources', async () => {
  await expect(dashboardFile()).toMatchFileSnapshot('../../kibana/audit-relay.ndjson');
});

test('it answers what it is for', () => {
  const titles = [...lenses, ...ofType('map')].map(({ attributes }) => attributes['title']);
  for (const wanted of [/login/i, /failure/i, /life of keys/i, /changes by actor/i, /where it came from/i]) {
    expect(titles).toContainEqual(expect.stringMatching(wanted));
  }
});

describe('what refers to something finds it', () => {
  test('ids are told once, and every reference leads to one of them', () => {
    const known = objects.map(({ type, id }) => `${type} ${id}`);
    expect(new Set(known).size).toBe(known.length);
    const wanted = objects.flatMap(({ references }) => references.map(({ type, id }) => `${type} ${id}`));
    expect(wanted.filter((one) => !known.includes(one))).toEqual([]);
  });

  test('every object but the dashboard is referred to', () => {
    const wanted = new Set(objects.flatMap(({ references }) => references.map(({ id }) => id)));
    expect(objects.map(({ id }) => id).filter((id) => !wanted.has(id))).toEqual([dashboard.id]);
  });

  test('the dashboard shows each panel by the name of its reference', () => {
    const panels = parsed(dashboard, 'panelsJSON');
    const named = panels.map(({ type, panelIndex, panelRefName }) => [type, textOf(panelIndex), textOf(panelRefName)]);
    expect(named).toEqual(dashboard.references.map(({ type, name }) => [type, ...name.split(':')]));
    expect(panels).toHaveLength(lenses.length + 1);
  });

  test.each(lenses.map((lens) => [lens.id, lens] as const))('%s: layers and columns', (_, lens) => {
    const { layers, visualization } = partsOf(lens);
    const names = lens.references.map(({ name }) => name);
    expect(names).toEqual(Object.keys(layers).map((layer) => `indexpattern-datasource-layer-${layer}`));
    const [layer = ''] = Object.keys(layers);
    const { columns, columnOrder } = Object(layers[layer]);
    expect(columnOrder).toEqual(Object.keys(columns));
    const shown = columnsShown(visualization);
    expect(new Set(shown)).toEqual(new Set(columnOrder));
    const ordered = Object.values(columns).flatMap((column) => Object(column).params.orderBy?.columnId ?? []);
    expect(ordered.every((column) => column in columns)).toBe(true);
    const layerIds = [visualization, ...Object(visualization['layers'] ?? [])].map((part) => Object(part).layerId);
    expect(layerIds.filter((id) => id !== undefined)).toEqual([layer]);
  });

  test('the map’s layers', () => {
    const map = only('map');
    const sources = parsed(map, 'layerListJSON').map((layer) => Object(layer['sourceDescriptor']));
    const names = sources.flatMap(({ indexPatternRefName }) => indexPatternRefName ?? []);
    expect(names).toEqual(map.references.map(({ name }) => name));
  });
});

/** Columns that a chart names, whatever the chart. */
function columnsShown(visualization: Readonly<Record<string, unknown>>): readonly string[] {
  const { metricAccessor, columns = [], layers = [] } = Object(visualization);
  const ofTable = columns.map((column: object) => Object(column).columnId);
  const ofBars = layers.flatMap((layer: object) => {
    const { xAccessor, splitAccessor, accessors } = Object(layer);
    return [xAccessor, splitAccessor, ...accessors];
  });
  return [metricAccessor, ...ofTable, ...ofBars].filter((column) => column !== undefined);
}

describe('every field exists in the mappings, with a type that can be used so', () => {
  test.each(PANELS.flatMap(({ id, fields }) => fields.map(({ name }) => [id, name] as const)))(
    '%s by %s',
    (_, name) => {
      expect(['keyword', 'ip']).toContain(typeOf(name));
    },
  );

  test('in queries', () => {
    const asked = lenses.flatMap((lens) => {
      const query = textOf(partsOf(lens).query['query']);
      return [...query.matchAll(/([\w.]+) :/g)].map(([, name = '']) => name);
    });
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => typeOf(name) !== 'keyword')).toEqual([]);
  });

  test('on the map and on the axis of time', () => {
    expect(typeOf(MAP_PANEL.field)).toBe('geo_point');
    const { timeFieldName, title } = only('index-pattern').attributes;
    expect(typeOf(textOf(timeFieldName))).toBe('date');
    const plan = setupPlan({
      mode: 'data_stream',
      namespace: 'default',
      indexPattern: '',
      serverless: false,
      version: '9.5.3',
    });
    expect(plan.objects.map(({ body }) => body['index_patterns'])).toContainEqual([title]);
  });
});

test('every text that is JSON can be read', () => {
  const texts = objects.flatMap(({ attributes }) =>
    [...Object.entries(attributes), ...Object.entries(Object(attributes['kibanaSavedObjectMeta']))].filter(([name]) =>
      name.endsWith('JSON'),
    ),
  );
  expect(texts).toHaveLength(6);
  for (const [name, text] of texts) expect(() => JSON.parse(textOf(text)), name).not.toThrow();
});

test('panels stand on the grid, and none on another', () => {
  const places = [...PANELS.map(({ place }) => place), MAP_PANEL.place];
  const cells = places.flatMap(({ x, y, w, h }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}:${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(places.every(({ x, w }) => x >= 0 && x + w <= 48)).toBe(true);
});
