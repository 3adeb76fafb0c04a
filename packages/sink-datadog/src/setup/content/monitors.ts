/**
 * Monitors on logs (docs.datadoghq.com/monitors/types/log, read in November 2026): for what a signal cannot say, silence first of all, and the
 * few things that have to be told without Cloud SIEM too. Every search leaves out what was sent late.
 */
import type { Content } from '../shapes.ts';
import type { Names } from './names.ts';
import { named, onTime } from './search.ts';

export function monitors(names: Names): readonly Content[] {
  return ROWS.map((row) => monitor(names, row));
}

interface Row {
  readonly key: string;
  readonly name: string;
  /** Which events, without source and lateness; absent: all. */
  readonly search?: string;
  readonly by?: string;
  /** By the dates of events, and some become visible at OpenAI only after a while: what is told of one event looks back an hour. */
  readonly last: string;
  readonly compared: '>' | '<';
  readonly critical: number;
  readonly message: string;
}

/** As Datadog spells the statuses that our `warning` and above become. */
const SEVERE = 'status:(warn OR error OR critical OR alert OR emergency)';

const ROWS: readonly Row[] = [
  {
    key: 'silent',
    name: 'nothing for a day',
    last: '1d',
    compared: '<',
    critical: 1,
    message:
      'No event for a day. Either nothing happened at OpenAI, or the way here is broken: `audit-relay status` says which. ' +
      'Audit logging that was switched off, and a key that lost its scope, are told there too.',
  },
  {
    key: 'severe',
    name: 'a security control was weakened',
    search: SEVERE,
    last: '1h',
    compared: '>',
    critical: 0,
    message:
      'An event of severity medium or above: an allowlist, policy, certificate, SSO or the like was removed, or an admin key made.',
  },
  {
    key: 'sign-in-failures',
    name: 'many failed sign-ins from one address',
    search: named('login.failed'),
    by: '@network.client.ip',
    last: '10m',
    compared: '>',
    critical: 10,
    message: 'More than ten failed sign-ins from one address in ten minutes.',
  },
  {
    key: 'owner-granted',
    name: 'an owner role was granted',
    search: '@openai.role:*owner* -@evt.name:*.deleted',
    last: '1h',
    compared: '>',
    critical: 0,
    message: 'Somebody was made an owner, or invited as one. Ask who did it whether it was meant.',
  },
];

function monitor({ source, title, key }: Names, row: Row): Content {
  const name = title(`OpenAI audit logs: ${row.name}`);
  const search = onTime(source, row.search).replaceAll(/["\\]/g, '\\$&');
  const by = row.by === undefined ? '' : `.by("${row.by}")`;
  const body = {
    name,
    type: 'log alert',
    query: `logs("${search}").index("*").rollup("count")${by}.last("${row.last}") ${row.compared} ${row.critical}`,
    message: `${row.message}\n\nWho is told: a notification rule for the tag \`managed_by:audit-relay\`.`,
    tags: ['source:openai-audit'],
    options: {
      thresholds: { critical: row.critical },
      // None at all is a count of 0: no alert where more than some is meant, and one where less is.
      on_missing_data: 'default',
      enable_logs_sample: row.compared === '>',
      groupby_simple_monitor: false,
      include_tags: true,
    },
  };
  return { kind: 'monitor', key: key(`monitor-${row.key}`), title: name, body };
}
