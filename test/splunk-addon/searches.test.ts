/** The dashboard and the saved searches: they name only what the add-on has, and find what they are for. */
import {
  areaOptionsSchema,
  barOptionsSchema,
  columnOptionsSchema,
  singleValueOptionsSchema,
  tableOptionsSchema,
} from '@splunk/visualization-schemas';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtAddon, filesOf } from './archive.ts';
import { type Conf, readConf } from './conf.ts';
import { FORMATS, samplesIn } from './documents.ts';
import type { Fields } from './fields.ts';
import { compileFilter } from './search-filter.ts';
import { searchHead } from './search-time.ts';

/** Of Dashboard Studio, by the type of a visualization. */
const OPTIONS: Readonly<Record<string, object>> = {
  'splunk.area': areaOptionsSchema,
  'splunk.bar': barOptionsSchema,
  'splunk.column': columnOptionsSchema,
  'splunk.singlevalue': singleValueOptionsSchema,
  'splunk.table': tableOptionsSchema,
};

/** Read before the tests, which are made of it. */
const files = filesOf((await builtAddon()).content);
const conf = (name: string): Conf => readConf(files.get(`default/${name}.conf`) ?? '');
const macros = new Map([...conf('macros')].map(([name, settings]) => [name, settings.get('definition') ?? '']));
const saved = [...conf('savedsearches')];
const dashboard = JSON.parse(cdataOf(files.get('default/data/ui/views/openai_audit_overview.xml') ?? '', 'definition'));
const panels = Object.entries<{ readonly options: { readonly query: string } }>(dashboard.dataSources);

const searches: readonly (readonly [name: string, text: string])[] = [
  ...saved.map(([name, settings]) => [name, settings.get('search') ?? ''] as const),
  ...panels.map(([name, { options }]) => [name, options.query] as const),
];

/** Of every sample in every format, with the event types as a field, as Splunk has them. */
const found: Fields[] = [];

beforeAll(async () => {
  const search = searchHead(files);
  for (const format of FORMATS) {
    for (const sample of await samplesIn(format)) {
      const { fields, eventTypes } = search(sample);
      found.push(new Map([...fields, ['eventtype', eventTypes], ['index', ['openai']]]));
    }
  }
});

function cdataOf(xml: string, tag: string): string {
  return new RegExp(`<${tag}[^>]*><!\\[CDATA\\[(.*?)\\]\\]></${tag}>`, 's').exec(xml)?.[1] ?? '';
}

/** Macros in place, those within macros too. @throws Error for one that is not there. */
function expanded(text: string): string {
  return text.replaceAll(/`([^`]*)`/g, (_, name: string) => {
    const definition = macros.get(name);
    if (definition === undefined) throw new Error(`no macro ${name}`);
    return expanded(definition);
  });
}

/** Commands, functions and words of theirs that these searches use. */
const LANGUAGE = new Set(
  'stats count by as sort table eval where convert ctime timechart chart over dedup keepempty true dc values latest min max sum tstats case isnotnull match coalesce relative_time now or in not'.split(
    ' ',
  ),
);
/** What every event has in Splunk. */
const BUILT_IN = new Set(['_time', '_index_earliest', '_index_latest', 'index', 'sourcetype', 'eventtype']);

/** Names of fields in a search: what is no text, number, word of the language, value or name that it makes itself. */
function fieldsNamed(text: string): readonly string[] {
  const bare = expanded(text)
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/(=)\s*[-\w:@*/]+/g, '$1');
  const own = [...expanded(text).matchAll(/\bAS (\w+)|\beval (\w+)=/g)].map(([, renamed, made]) => renamed ?? made);
  const words = [...bare.matchAll(/(?<![\w@])[A-Za-z_]\w*/g)].map(([word]) => word);
  return words.filter((word) => !LANGUAGE.has(word.toLowerCase()) && !BUILT_IN.has(word) && !own.includes(word));
}

describe.each(searches)('%s', (_, text) => {
  test('names fields that events have', () => {
    const known = new Set(found.flatMap((fields) => [...fields].flatMap(([name, value]) => (value ? [name] : []))));
    expect(fieldsNamed(text).filter((field) => !known.has(field))).toEqual([]);
  });

  test('finds what it is for among the samples', () => {
    const [first = ''] = expanded(text)
      .replace(/^\| tstats count where/, '')
      .split(/\||\bby\b/);
    const filter = compileFilter(first.replaceAll(/_index_(earliest|latest)=\S+/g, ''));
    expect(found.filter((fields) => filter(fields)).length).toBeGreaterThan(0);
  });

  test('counts each event once, or is about the copies', () => {
    expect(text).toMatch(/`openai_audit_dedup`|tstats count where/);
  });
});

test('the README lists fields that events have', () => {
  const [, table = ''] = (files.get('README.md') ?? '').split('## Fields');
  const rows = (table.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );
  expect(listed.length).toBeGreaterThan(25);
  expect(listed.filter((name) => !found.some((fields) => fields.get(name) !== undefined))).toEqual([]);
});

describe('saved searches', () => {
  test('are all switched off, since an add-on may start nothing by itself', () => {
    expect(saved.length).toBeGreaterThan(5);
    expect(saved.filter(([, settings]) => settings.get('disabled') !== '1')).toEqual([]);
    expect(saved.filter(([, settings]) => (settings.get('description') ?? '') === '')).toEqual([]);
  });

  test('what is an alert has a plan, a bound of time and a condition', () => {
    const alerts = saved.filter(([, settings]) => settings.get('enableSched') === '1');
    expect(alerts.length).toBeGreaterThan(3);
    const needed = [
      'cron_schedule',
      'dispatch.earliest_time',
      'dispatch.latest_time',
      'counttype',
      'relation',
      'quantity',
      'alert.track',
    ];
    expect(
      alerts.flatMap(([name, settings]) => needed.filter((key) => !settings.has(key)).map((key) => `${name}: ${key}`)),
    ).toEqual([]);
  });
});

describe('the dashboard', () => {
  const { visualizations, layout, inputs } = dashboard;

  test('shows every panel, each by its own search', () => {
    const shown = layout.structure.map(({ item }: { readonly item: string }) => item);
    expect(shown.toSorted()).toEqual(Object.keys(visualizations).toSorted());
    const sources = Object.values<{ readonly dataSources: { readonly primary: string } }>(visualizations);
    expect(sources.map(({ dataSources }) => dataSources.primary).toSorted()).toEqual(
      panels.map(([name]) => name).toSorted(),
    );
    expect(layout.globalInputs).toEqual(Object.keys(inputs));
  });

  test('has its panels side by side, and none on another', () => {
    const places: readonly Place[] = layout.structure.map(({ position }: { readonly position: Place }) => position);
    expect(places.filter(({ x, w }) => x < 0 || x + w > layout.options.width)).toEqual([]);
    const crossing = places.filter((one, index) => places.slice(index + 1).some((other) => isOver(one, other)));
    expect(crossing).toEqual([]);
  });

  test.each(Object.entries<Panel>(visualizations))(
    '%s has options that Splunk’s own schema of its kind knows',
    (_, panel) => {
      const schema = OPTIONS[panel.type];
      expect(schema).toBeDefined();
      const isFit = new Ajv({ strict: false }).compile({
        type: 'object',
        properties: schema,
        additionalProperties: false,
      });
      isFit(panel.options);
      expect(isFit.errors).toBeNull();
    },
  );

  test('goes by the time that is picked', () => {
    const { queryParameters } = dashboard.defaults.dataSources['ds.search'].options;
    const token = inputs.input_time.options.token;
    expect(queryParameters).toEqual({ earliest: `$${token}.earliest$`, latest: `$${token}.latest$` });
  });

  test('is what the menu of the app opens', () => {
    expect(files.get('default/data/ui/nav/default.xml')).toContain(
      '<view name="openai_audit_overview" default="true" />',
    );
  });
});

interface Panel {
  readonly type: string;
  readonly options: object;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function isOver(a: Place, b: Place): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
