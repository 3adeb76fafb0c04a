/** The dashboard: what happened, who did it, what was weakened, and what came late. Groups go by attributes of which Datadog has facets by itself. */
import type { Content } from '../shapes.ts';
import type { Names } from './names.ts';
import { late, named, onTime } from './search.ts';
import { bars, group, type Layout, list, note, number, top } from './widgets.ts';

export function dashboard(names: Names): Content {
  const title = names.title('OpenAI audit logs');
  const body = {
    title,
    description: 'Put here by audit-relay setup. A copy of it is yours to change; this one is brought up to date.',
    layout_type: 'ordered',
    reflow_type: 'fixed',
    template_variables: [{ name: 'actor', prefix: '@usr.email', available_values: [], defaults: ['*'] }],
    widgets: [overview(names), people(names), signIns(names), changes(names), lateOnes(names)],
  };
  return { kind: 'dashboard', key: names.key('dashboard'), title, body };
}

const SEVERE = 'status:(warn OR error OR critical OR alert OR emergency)';

function overview({ source }: Names) {
  const all = onTime(source);
  return group(
    'Overview',
    [
      number({ title: 'Events', search: all }, at([0, 0], [3, 2])),
      number({ title: 'Security controls weakened', search: onTime(source, SEVERE) }, at([3, 0], [3, 2])),
      number({ title: 'Failed sign-ins', search: onTime(source, named('login.failed')) }, at([6, 0], [3, 2])),
      number({ title: 'Arrived late', search: late(source) }, at([9, 0], [3, 2])),
      bars({ title: 'Events by type', search: all, by: '@evt.name' }, at([0, 2], [8, 3])),
      top({ title: 'Types', search: all, by: '@evt.name' }, at([8, 2], [4, 3])),
    ],
    at([0, 0], [12, 6]),
  );
}

function people({ source }: Names) {
  const all = onTime(source);
  return group(
    'Who and from where',
    [
      top({ title: 'Actors', search: all, by: '@usr.email' }, at([0, 0], [4, 3])),
      top({ title: 'Addresses', search: all, by: '@network.client.ip' }, at([4, 0], [4, 3])),
      top({ title: 'Countries', search: all, by: '@network.client.geoip.country.name' }, at([8, 0], [4, 3])),
    ],
    at([0, 6], [12, 4]),
  );
}

function signIns({ source }: Names) {
  const search = onTime(source, named('login.*', 'logout.*'));
  const failed = onTime(source, named('login.failed'));
  return group(
    'Sign-ins',
    [
      bars({ title: 'Sign-ins by outcome', search, by: '@evt.outcome' }, at([0, 0], [8, 3])),
      top({ title: 'Failed sign-ins by address', search: failed, by: '@network.client.ip' }, at([8, 0], [4, 3])),
    ],
    at([0, 10], [12, 4]),
  );
}

function changes({ source }: Names) {
  const keys = onTime(source, named('*api_key.*', 'service_account.*', 'role.*', 'user.*', 'invite.*'));
  return group(
    'Changes',
    [
      bars({ title: 'Keys, roles and members', search: keys, by: '@evt.name' }, at([0, 0], [12, 3])),
      list({ title: 'Security controls weakened', search: onTime(source, SEVERE) }, at([0, 3], [12, 4])),
      list({ title: 'All events', search: onTime(source) }, at([0, 7], [12, 5])),
    ],
    at([0, 14], [12, 13]),
  );
}

/** Datadog drops what is older than 18 hours (docs.datadoghq.com/logs/log_configuration/processors/log_date_remapper), so the sink gives it a new date. */
function lateOnes({ source }: Names) {
  const words =
    'Events that were sent more than 18 hours after they happened. Their date is that of sending; when they happened is `openai.effective_at`.';
  return group(
    'Arrived late',
    [note(words, at([0, 0], [12, 1])), list({ title: 'Late events', search: late(source) }, at([0, 1], [12, 4]))],
    at([0, 27], [12, 6]),
  );
}

type Pair = readonly [number, number];

function at([x, y]: Pair, [width, height]: Pair): Layout {
  return { x, y, width, height };
}
