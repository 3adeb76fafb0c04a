/** The four kinds of objects at Datadog, each read, made and changed by the calls that Datadog has for it. */
import type { Call, Caller } from './caller.ts';
import { MANAGED_BY } from './mark.ts';
import type { OfficialClient } from './official-client.ts';
import { type Found, isObject, type JsonObject, type JsonValue, type Kind, type Reply, type Shelf } from './shapes.ts';

/** The calls for one kind. */
interface Calls {
  readonly group: Call['group'];
  /** Operations, and the scope that each side needs. */
  readonly list: { readonly operation: string; readonly scope: string };
  readonly write: { readonly scope: string };
  readonly create: string;
  readonly update: string;
  /** How `update` calls the id, and of which type it is. */
  readonly idAs: 'pipelineId' | 'dashboardId' | 'ruleId' | 'monitorId';
  /** The client's models of the two bodies. */
  readonly models: { readonly create: string; readonly update: string };
  readonly serializer: OfficialClient['v1Models'];
}

/** A reading of several pages: parameters of the next, by how many objects are known. Undefined: one page is all. */
type Pages = ((known: number, page: number) => object) | undefined;

/** Objects asked for at a time; Datadog may give fewer. */
const PAGE = 100;
/** No organization has so many; an answer that never ends does. */
const MAX_PAGES = 1_000;

export function shelfOf(kind: Kind, caller: Caller): Shelf {
  const calls = callsOf(kind, caller.official);
  const { group, serializer, models, write, idAs } = calls;
  return {
    list: (titles) => LISTS[kind]({ caller, calls, titles }),
    create: async (given) => {
      const parameters = (): object => ({ body: serializer.deserialize(given, models.create, '') });
      return idIn(await caller.call({ group, operation: calls.create, parameters, ...write }));
    },
    update: async (id, given) => {
      const parameters = (): object => ({
        [idAs]: idAs === 'monitorId' ? Number(id) : id,
        body: serializer.deserialize(given, models.update, ''),
      });
      return idIn(await caller.call({ group, operation: calls.update, parameters, ...write }));
    },
  };
}

function callsOf(kind: Kind, { v1, v2, v1Models, v2Models }: OfficialClient): Calls {
  switch (kind) {
    case 'log pipeline':
      return {
        group: v1.LogsPipelinesApi,
        list: { operation: 'listLogsPipelines', scope: 'logs_read_config' },
        write: { scope: 'logs_write_pipelines' },
        create: 'createLogsPipeline',
        update: 'updateLogsPipeline',
        idAs: 'pipelineId',
        models: { create: 'LogsPipeline', update: 'LogsPipeline' },
        serializer: v1Models,
      };
    case 'dashboard':
      return {
        group: v1.DashboardsApi,
        list: { operation: 'listDashboards', scope: 'dashboards_read' },
        write: { scope: 'dashboards_write' },
        create: 'createDashboard',
        update: 'updateDashboard',
        idAs: 'dashboardId',
        models: { create: 'Dashboard', update: 'Dashboard' },
        serializer: v1Models,
      };
    case 'detection rule':
      return {
        group: v2.SecurityMonitoringApi,
        list: { operation: 'listSecurityMonitoringRules', scope: 'security_monitoring_rules_read' },
        write: { scope: 'security_monitoring_rules_write' },
        create: 'createSecurityMonitoringRule',
        update: 'updateSecurityMonitoringRule',
        idAs: 'ruleId',
        models: { create: 'SecurityMonitoringRuleCreatePayload', update: 'SecurityMonitoringRuleUpdatePayload' },
        serializer: v2Models,
      };
    case 'monitor':
      return {
        group: v1.MonitorsApi,
        list: { operation: 'listMonitors', scope: 'monitors_read' },
        write: { scope: 'monitors_write' },
        create: 'createMonitor',
        update: 'updateMonitor',
        idAs: 'monitorId',
        models: { create: 'Monitor', update: 'MonitorUpdateRequest' },
        serializer: v1Models,
      };
  }
}

interface Listing {
  readonly caller: Caller;
  readonly calls: Calls;
  readonly titles: readonly string[];
}

const LISTS: Readonly<Record<Kind, (listing: Listing) => Promise<Reply<readonly Found[]>>>> = {
  'log pipeline': (listing) => readAll(listing, undefined),
  dashboard: listDashboards,
  'detection rule': (listing) => readAll(listing, (_known, page) => ({ pageSize: PAGE, pageNumber: page })),
  monitor: listMonitors,
};

/** Summaries hold the description, which has our mark, and no widgets: those that may be ours are read whole. */
async function listDashboards(listing: Listing): Promise<Reply<readonly Found[]>> {
  const { caller, calls, titles } = listing;
  const summaries = await readAll(listing, (known) => ({ count: PAGE, start: known }));
  if ('refusal' in summaries) return summaries;
  const whole: Found[] = [];
  for (const { id, body } of summaries.value) {
    const { title, description } = body;
    const isMarked = typeof description === 'string' && description.includes('[audit-relay ');
    if (!isMarked && !(typeof title === 'string' && titles.includes(title))) continue;
    const { group, list } = calls;
    const reply = await caller.call({
      group,
      operation: 'getDashboard',
      parameters: () => ({ dashboardId: id }),
      scope: list.scope,
    });
    if ('refusal' in reply) return reply;
    whole.push(...foundIn(reply.value));
  }
  return { value: whole };
}

/** By their tag, wherever they have been renamed to, and by the beginning of their names, for those that are not ours. */
async function listMonitors(listing: Listing): Promise<Reply<readonly Found[]>> {
  const page = (number: number): object => ({ page: number, pageSize: PAGE });
  const ours = await readAll(listing, (_known, number) => ({ monitorTags: MANAGED_BY, ...page(number) }));
  if ('refusal' in ours) return ours;
  const named = await readAll(listing, (_known, number) => ({ name: commonStart(listing.titles), ...page(number) }));
  if ('refusal' in named) return named;
  return { value: distinct([...ours.value, ...named.value]) };
}

/** Page after page until one brings nothing new: how many come at a time is Datadog's to say. */
async function readAll({ caller, calls }: Listing, pages: Pages): Promise<Reply<readonly Found[]>> {
  const { group, list } = calls;
  let known: readonly Found[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const count = known.length;
    const reply = await caller.call({
      group,
      ...list,
      ...(pages === undefined ? {} : { parameters: () => pages(count, page) }),
    });
    if ('refusal' in reply) return reply;
    const all = distinct([...known, ...foundIn(reply.value)]);
    if (pages === undefined || all.length === known.length) return { value: all };
    known = all;
  }
  return { value: known };
}

function distinct(found: readonly Found[]): readonly Found[] {
  return [...new Map(found.map((each) => [each.id, each])).values()];
}

/** One object, a list of them, or `{"dashboards":[…]}` and `{"data":[…]}`. What has no id is none. */
function foundIn(answer: unknown): readonly Found[] {
  const inside = isObject(answer) ? (answer['dashboards'] ?? answer['data'] ?? [answer]) : answer;
  return (Array.isArray(inside) ? inside : []).flatMap((body: JsonValue) => {
    const id = isObject(body) ? idOf(body) : undefined;
    return isObject(body) && id !== undefined ? [{ id, body }] : [];
  });
}

function idIn(reply: Reply<unknown>): Reply<string> {
  if ('refusal' in reply) return reply;
  return { value: foundIn(reply.value)[0]?.id ?? '' };
}

/** A monitor's is a number. */
function idOf({ id }: JsonObject): string | undefined {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}

function commonStart([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  while (!others.every((title) => title.startsWith(first.slice(0, length)))) length -= 1;
  return first.slice(0, length);
}
