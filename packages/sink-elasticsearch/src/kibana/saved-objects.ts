/**
 * The file that operators import into Kibana: a data view, one object a panel, a map and the dashboard, each a line of
 * JSON. The form is that of Kibana 8.9, which later ones bring up to theirs as they import.
 */
import type { JsonObject, JsonValue } from '../setup/fields.ts';
import { lensOf } from './lens.ts';
import { type GridPosition, MAP_PANEL, PANELS } from './panels.ts';

/** What Kibana calls a saved object, as it exports one. */
export interface SavedObject extends JsonObject {
  readonly type: string;
  readonly id: string;
  readonly attributes: JsonObject;
  readonly references: readonly Reference[];
}

/** `name` is what the attributes call the object that is meant. */
export interface Reference extends JsonObject {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

const PREFIX = 'audit-relay-openai';
const DATA_VIEW_ID = `${PREFIX}-data-view`;
const MAP_ID = `${PREFIX}-map`;

/** The version of each type's form; Kibana imports what is as old as itself or older. */
const FORMS: Readonly<Record<string, string>> = {
  'index-pattern': '8.0.0',
  lens: '8.9.0',
  map: '8.4.0',
  dashboard: '8.9.0',
};

/** The whole file; the same bytes every time. */
export function dashboardFile(): string {
  const objects = [dataView(), ...PANELS.map(panel), map(), dashboard()];
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}

function savedObject(object: SavedObject): JsonObject {
  return {
    ...object,
    managed: false,
    coreMigrationVersion: '8.8.0',
    typeMigrationVersion: FORMS[object.type] ?? '',
  };
}

function dataView(): JsonObject {
  return savedObject({
    type: 'index-pattern',
    id: DATA_VIEW_ID,
    attributes: { title: 'logs-openai.org_audit-*', name: 'OpenAI audit log', timeFieldName: '@timestamp' },
    references: [],
  });
}

function panel(asked: (typeof PANELS)[number]): JsonObject {
  const { attributes, layer } = lensOf(asked);
  const name = `indexpattern-datasource-layer-${layer}`;
  return savedObject({
    type: 'lens',
    id: `${PREFIX}-${asked.id}`,
    attributes,
    references: [{ type: 'index-pattern', id: DATA_VIEW_ID, name }],
  });
}

/** Points on the grid of a map, larger where there are more. The map beneath comes from Elastic's service. */
function map(): JsonObject {
  const indexPatternRefName = 'layer_1_source_index_pattern';
  const always = { alpha: 1, visible: true, minZoom: 0, maxZoom: 24, includeInFitToBounds: true };
  const ground = {
    ...always,
    id: 'ground',
    type: 'EMS_VECTOR_TILE',
    sourceDescriptor: { type: 'EMS_TMS', isAutoSelect: true, lightModeDefault: 'road_map_desaturated' },
    style: { type: 'EMS_VECTOR_TILE', color: '' },
  };
  const sources = {
    ...always,
    id: 'sources',
    label: 'Events',
    type: 'GEOJSON_VECTOR',
    sourceDescriptor: {
      type: 'ES_GEO_GRID',
      id: 'sources-source',
      geoField: MAP_PANEL.field,
      requestType: 'point',
      resolution: 'COARSE',
      metrics: [{ type: 'count' }],
      applyGlobalQuery: true,
      applyGlobalTime: true,
      indexPatternRefName,
    },
    style: { type: 'VECTOR', isTimeAware: true, properties: { iconSize: bySize('doc_count') } },
    joins: [],
  };
  return savedObject({
    type: 'map',
    id: MAP_ID,
    attributes: {
      title: MAP_PANEL.title,
      description: '',
      layerListJSON: JSON.stringify([ground, sources]),
      mapStateJSON: JSON.stringify({ zoom: 1.5, center: { lat: 20, lon: 0 }, query: NO_QUERY, filters: [] }),
      uiStateJSON: JSON.stringify({ isLayerTOCOpen: false, openTOCDetails: [] }),
    },
    references: [{ type: 'index-pattern', id: DATA_VIEW_ID, name: indexPatternRefName }],
  });
}

const NO_QUERY = { query: '', language: 'kuery' };

function bySize(field: string): JsonObject {
  return { type: 'DYNAMIC', options: { minSize: 6, maxSize: 24, field: { name: field, origin: 'source' } } };
}

function dashboard(): JsonObject {
  const lenses = PANELS.map(({ id, place }) => placed('lens', `${PREFIX}-${id}`, place));
  const panels = [...lenses, placed('map', MAP_ID, MAP_PANEL.place)];
  return savedObject({
    type: 'dashboard',
    id: `${PREFIX}-dashboard`,
    attributes: {
      title: 'OpenAI audit log',
      description: 'Logins, failures, the life of keys, changes and where they came from. Made by Audit Relay.',
      version: 1,
      timeRestore: true,
      timeFrom: 'now-7d',
      timeTo: 'now',
      optionsJSON: JSON.stringify({ useMargins: true, syncColors: false, syncCursor: true, hidePanelTitles: false }),
      panelsJSON: JSON.stringify(panels.map((one) => one.panel)),
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify({ query: NO_QUERY, filter: [] }) },
    },
    references: panels.map((one) => one.reference),
  });
}

/** A panel of the dashboard, and the reference by which Kibana finds what it shows. */
function placed(
  type: string,
  id: string,
  place: GridPosition,
): { readonly panel: JsonValue; readonly reference: Reference } {
  const panelRefName = `panel_${id}`;
  return {
    panel: { type, panelIndex: id, panelRefName, gridData: { ...place, i: id }, embeddableConfig: {} },
    reference: { type, id, name: `${id}:${panelRefName}` },
  };
}
