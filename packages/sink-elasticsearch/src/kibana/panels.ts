/**
 * The dashboard as it is meant: which questions it answers, by which fields, and where each panel stands. What Kibana
 * makes of that is in `lens.ts` and `saved-objects.ts`. None of this is loaded by the sink: a test writes what comes of
 * it to `kibana/audit-relay.ndjson`, which operators import.
 */

/** A panel that counts events, within the events that its query finds. */
export interface CountPanel {
  readonly id: string;
  readonly title: string;
  /**
   * `number`: all of them. `trend`: over time, split by the one field. `bars`: by the first field, each bar split by
   * the second. `table`: a line for each combination of the fields.
   */
  readonly chart: 'number' | 'trend' | 'bars' | 'table';
  /** Kibana's query language (KQL); empty: every event. */
  readonly query: string;
  readonly fields: readonly FieldColumn[];
  readonly place: GridPosition;
}

/** Values of a field, most frequent first. */
export interface FieldColumn {
  readonly name: string;
  readonly label: string;
  /** Only these values. */
  readonly only?: readonly string[];
}

/** On Kibana's grid, which is 48 wide; heights are in its rows. */
export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const ACTION: FieldColumn = { name: 'event.action', label: 'Action' };
const OUTCOME: FieldColumn = { name: 'event.outcome', label: 'Outcome' };
const ACTOR: FieldColumn = { name: 'user.name', label: 'Actor' };
const TARGET: FieldColumn = { name: 'openai.audit.target.name', label: 'Target' };
const TARGET_ID: FieldColumn = { name: 'openai.audit.target.id', label: 'Target ID' };
const TARGET_TYPE: FieldColumn = { name: 'openai.audit.target.type', label: 'Kind of target' };
const ADDRESS: FieldColumn = { name: 'source.address', label: 'Source' };
const COUNTRY: FieldColumn = { name: 'source.geo.country_iso_code', label: 'Country' };
const ERROR: FieldColumn = { name: 'error.code', label: 'Error' };
const CHANGES: FieldColumn = { name: 'event.type', label: 'Change', only: ['creation', 'change', 'deletion'] };

const LOGINS = 'event.action : login.*';
const FAILURES = 'event.outcome : failure';
const KEYS = 'event.action : (api_key.* or external_key.* or tenant.admin_api_key.* or tenant.project_api_key.*)';
const CHANGED = 'event.type : (creation or change or deletion)';

/** Which field the map's points come from, and where it stands. */
export const MAP_PANEL: { readonly title: string; readonly field: string; readonly place: GridPosition } = {
  title: 'Where it came from',
  field: 'source.geo.location',
  place: { x: 0, y: 44, w: 24, h: 16 },
};

/** Beside the map: all panels, by rows. */
export const PANELS: readonly CountPanel[] = [
  { id: 'events', title: 'Events', query: '', ...numberAt(0) },
  { id: 'logins', title: 'Logins', query: 'event.action : login.succeeded', ...numberAt(12) },
  { id: 'login-failures', title: 'Failed logins', query: 'event.action : login.failed', ...numberAt(24) },
  { id: 'key-changes', title: 'Changes of keys', query: KEYS, ...numberAt(36) },
  {
    id: 'logins-over-time',
    title: 'Logins by outcome',
    chart: 'trend',
    query: LOGINS,
    fields: [OUTCOME],
    place: { x: 0, y: 5, w: 24, h: 13 },
  },
  {
    id: 'failures',
    title: 'Failures',
    chart: 'table',
    query: FAILURES,
    fields: [ACTION, ACTOR, ADDRESS, ERROR],
    place: { x: 24, y: 5, w: 24, h: 13 },
  },
  {
    id: 'keys-over-time',
    title: 'Life of keys',
    chart: 'trend',
    query: KEYS,
    fields: [ACTION],
    place: { x: 0, y: 18, w: 24, h: 13 },
  },
  {
    id: 'keys',
    title: 'Keys and who changed them',
    chart: 'table',
    query: KEYS,
    fields: [TARGET_ID, ACTION, ACTOR],
    place: { x: 24, y: 18, w: 24, h: 13 },
  },
  {
    id: 'changes-by-actor',
    title: 'Changes by actor',
    chart: 'bars',
    query: CHANGED,
    fields: [ACTOR, CHANGES],
    place: { x: 0, y: 31, w: 24, h: 13 },
  },
  {
    id: 'changes',
    title: 'What was changed',
    chart: 'table',
    query: CHANGED,
    fields: [ACTION, TARGET_TYPE, TARGET, ACTOR],
    place: { x: 24, y: 31, w: 24, h: 13 },
  },
  {
    id: 'countries',
    title: 'Countries by outcome',
    chart: 'bars',
    query: '',
    fields: [COUNTRY, OUTCOME],
    place: { x: 24, y: 44, w: 24, h: 16 },
  },
];

function numberAt(x: number): Pick<CountPanel, 'chart' | 'fields' | 'place'> {
  return { chart: 'number', fields: [], place: { x, y: 0, w: 12, h: 5 } };
}
