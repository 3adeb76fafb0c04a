/** The operations of Datadog's API that set-up uses: the scope that each asks for, and what it does to what is kept. */
import { dashboardFrom, type Json, monitorFrom, pipelineFrom, ruleFrom, type Store, type Stores } from './api-store.ts';
import type { Operation } from './contract.ts';

/** Objects in one page at most, whatever is asked for. */
const MOST = 7;

/** The documents' `x-permission`. */
export const SCOPES: Readonly<Record<string, string>> = {
  ListLogsPipelines: 'logs_read_config',
  CreateLogsPipeline: 'logs_write_pipelines',
  UpdateLogsPipeline: 'logs_write_pipelines',
  ListDashboards: 'dashboards_read',
  GetDashboard: 'dashboards_read',
  CreateDashboard: 'dashboards_write',
  UpdateDashboard: 'dashboards_write',
  ListSecurityMonitoringRules: 'security_monitoring_rules_read',
  CreateSecurityMonitoringRule: 'security_monitoring_rules_write',
  UpdateSecurityMonitoringRule: 'security_monitoring_rules_write',
  ListMonitors: 'monitors_read',
  CreateMonitor: 'monitors_write',
  UpdateMonitor: 'monitors_write',
};

export interface Order {
  readonly stores: Stores;
  readonly operation: Operation;
  readonly query: URLSearchParams;
  readonly body: Json;
  newId(): string;
}

/** What each does; undefined: there is no such object. */
export const OPERATIONS: Readonly<Record<string, (order: Order) => unknown>> = {
  Validate: () => ({ valid: true }),
  ValidateAPIKey: () => ({ status: 'ok' }),
  ListLogsPipelines: ({ stores }) => [...stores.pipelines.values()],
  CreateLogsPipeline: ({ stores, body, newId }) => kept(stores.pipelines, newId(), (id) => pipelineFrom(body, id)),
  UpdateLogsPipeline: ({ stores, body, operation }) =>
    changed(stores.pipelines, operation, (id) => pipelineFrom(body, id)),
  ListDashboards: ({ stores, query }) => {
    const start = Number(query.get('start') ?? 0);
    const page = [...stores.dashboards.values()].slice(
      start,
      start + Math.min(MOST, Number(query.get('count') ?? 100)),
    );
    return {
      dashboards: page.map(({ id, title, description, layout_type, url }) => ({
        id,
        title,
        description,
        layout_type,
        url,
      })),
    };
  },
  GetDashboard: ({ stores, operation }) => stores.dashboards.get(operation.params['dashboard_id'] ?? ''),
  CreateDashboard: ({ stores, body, newId }) => kept(stores.dashboards, newId(), (id) => dashboardFrom(body, id)),
  UpdateDashboard: ({ stores, body, operation }) =>
    changed(stores.dashboards, operation, (id) => dashboardFrom(body, id)),
  ListSecurityMonitoringRules: ({ stores, query }) => ({
    data: pageOf(
      [...stores.rules.values()],
      Number(query.get('page[number]') ?? 0),
      Number(query.get('page[size]') ?? 10),
    ),
    meta: {},
  }),
  CreateSecurityMonitoringRule: ({ stores, body, newId }) => kept(stores.rules, newId(), (id) => ruleFrom(body, id)),
  UpdateSecurityMonitoringRule: ({ stores, body, operation }) =>
    changed(stores.rules, operation, (id, before) => ruleFrom(body, id, before)),
  ListMonitors: ({ stores, query }) => {
    const tags = query.get('monitor_tags')?.split(',') ?? [];
    const name = query.get('name') ?? '';
    const found = [...stores.monitors.values()].filter(
      (monitor) =>
        tags.every((tag) => (monitor['tags'] as readonly string[]).includes(tag)) &&
        String(monitor['name']).includes(name),
    );
    return pageOf(found, Number(query.get('page') ?? 0), Number(query.get('page_size') ?? 100));
  },
  CreateMonitor: ({ stores, body, newId }) => kept(stores.monitors, newId(), (id) => monitorFrom(body, id)),
  UpdateMonitor: ({ stores, body, operation }) =>
    changed(stores.monitors, operation, (id, before) => monitorFrom(body, id, before)),
};

function kept(store: Store, id: string, make: (id: string) => Json): Json {
  const made = make(id);
  store.set(id, made);
  return made;
}

function changed(store: Store, { params }: Operation, make: (id: string, before: Json) => Json): Json | undefined {
  const [id = ''] = Object.values(params);
  const before = store.get(id);
  return before === undefined ? undefined : kept(store, id, () => make(id, before));
}

function pageOf<T>(all: readonly T[], page: number, asked: number): readonly T[] {
  const size = Math.min(MOST, asked);
  return all.slice(page * size, (page + 1) * size);
}
