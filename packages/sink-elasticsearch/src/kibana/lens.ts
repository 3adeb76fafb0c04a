/** A panel in the form of Lens, Kibana's editor for charts: columns of one layer, and a chart that shows them. */
import type { JsonObject } from '../setup/fields.ts';
import type { CountPanel, FieldColumn } from './panels.ts';

/** Attributes of a `lens` saved object, and the layer that its reference to the data view names. */
export interface Lens {
  readonly attributes: JsonObject;
  readonly layer: string;
}

/** A chart of one layer. */
interface Chart {
  readonly visualizationType: string;
  readonly visualization: JsonObject;
  /** Columns before the fields: the time axis of a trend. */
  readonly before: readonly string[];
}

const LAYER = 'events';
const TIME = 'time';
const COUNT = 'count';

/** Values of one field that are shown; the rest is one more, called `Other`. */
const TOP = 10;

const COUNT_COLUMN: JsonObject = {
  label: 'Events',
  customLabel: true,
  dataType: 'number',
  operationType: 'count',
  sourceField: '___records___',
  isBucketed: false,
  scale: 'ratio',
  params: { emptyAsNull: false },
};

const TIME_COLUMN: JsonObject = {
  label: 'Time',
  customLabel: true,
  dataType: 'date',
  operationType: 'date_histogram',
  sourceField: '@timestamp',
  isBucketed: true,
  scale: 'interval',
  params: { interval: 'auto', includeEmptyRows: true, dropPartials: false },
};

/** The fields' columns are called `field-0`, `field-1`, …, in their order. */
export function lensOf(panel: CountPanel): Lens {
  const { title, query, fields } = panel;
  const names = fields.map((_, index) => `field-${index}`);
  const { visualizationType, visualization, before } = chartOf(panel, names);
  const columns: JsonObject = {
    ...(before.includes(TIME) ? { [TIME]: TIME_COLUMN } : {}),
    ...Object.fromEntries(fields.map((field, index) => [`field-${index}`, columnOf(field)])),
    [COUNT]: COUNT_COLUMN,
  };
  const layer = { columns, columnOrder: [...before, ...names, COUNT], incompleteColumns: {} };
  const state = {
    datasourceStates: { formBased: { layers: { [LAYER]: layer } } },
    visualization,
    query: { query, language: 'kuery' },
    filters: [],
    internalReferences: [],
    adHocDataViews: {},
  };
  return { attributes: { title, description: '', visualizationType, state }, layer: LAYER };
}

function columnOf({ name, label, only }: FieldColumn): JsonObject {
  const isWhole = only === undefined;
  return {
    label,
    customLabel: true,
    dataType: 'string',
    operationType: 'terms',
    sourceField: name,
    isBucketed: true,
    scale: 'ordinal',
    params: {
      size: TOP,
      orderBy: { type: 'column', columnId: COUNT },
      orderDirection: 'desc',
      // An event without the field, such as one of an unknown actor, is counted too.
      otherBucket: isWhole,
      missingBucket: isWhole,
      parentFormat: { id: 'terms' },
      include: only ?? [],
      exclude: [],
      includeIsRegex: false,
      excludeIsRegex: false,
    },
  };
}

function chartOf({ chart }: CountPanel, names: readonly string[]): Chart {
  const own = { layerId: LAYER, layerType: 'data' };
  const [first = '', second = ''] = names;
  switch (chart) {
    case 'number':
      return { visualizationType: 'lnsMetric', visualization: { ...own, metricAccessor: COUNT }, before: [] };
    case 'table': {
      const columns = [...names, COUNT].map((columnId) => ({ columnId, isTransposed: false }));
      const visualization = { ...own, columns, paging: { enabled: true, size: TOP } };
      return { visualizationType: 'lnsDatatable', visualization, before: [] };
    }
    case 'trend':
      return { ...bars('bar_stacked', { xAccessor: TIME, splitAccessor: first }), before: [TIME] };
    case 'bars':
      return { ...bars('bar_horizontal_stacked', { xAccessor: first, splitAccessor: second }), before: [] };
  }
}

function bars(seriesType: string, accessors: JsonObject): Omit<Chart, 'before'> {
  const layer = { layerId: LAYER, layerType: 'data', seriesType, accessors: [COUNT], ...accessors };
  return {
    visualizationType: 'lnsXY',
    visualization: {
      layers: [layer],
      preferredSeriesType: seriesType,
      legend: { isVisible: true, position: 'right' },
      valueLabels: 'hide',
    },
  };
}
