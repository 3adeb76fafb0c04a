/**
 * The log pipeline. The sink writes Datadog's standard attributes itself, so this adds what only Datadog can: places of addresses, browsers of
 * user agents, an area for each type, and one name for what stands elsewhere in each of the formats `ecs`, `ocsf` and `raw`.
 * Processors: docs.datadoghq.com/logs/log_configuration/processors (read in November 2026).
 */
import type { Content, JsonObject } from '../shapes.ts';
import { AREAS } from './areas.ts';
import type { Names } from './names.ts';
import { ofSource } from './search.ts';

export function pipeline({ source, title, key }: Names): Content {
  const name = title('OpenAI audit logs');
  const body = {
    name,
    description: 'Put here by audit-relay setup: attributes of OpenAI audit logs.',
    is_enabled: true,
    filter: { query: ofSource(source) },
    processors: [
      // Never the event's own time: what was sent late has the time of its sending here, and any older date would have it dropped.
      processor('date-remapper', 'Date', { sources: ['timestamp'] }),
      processor('status-remapper', 'Status', { sources: ['status'] }),
      processor('service-remapper', 'Service', { sources: ['service'] }),
      processor('message-remapper', 'Message', { sources: ['message', 'ecs.message', 'ocsf.message'] }),
      processor('category-processor', 'Area', {
        target: 'evt.category',
        categories: AREAS.map(({ name, search }) => ({ name, filter: { query: search } })),
      }),
      ...Object.entries(REMAPPED).map(([target, sources]) => remapper(target, sources)),
      processor('geo-ip-parser', 'Place', { sources: ['network.client.ip'], target: 'network.client.geoip' }),
      processor('user-agent-parser', 'User agent', { sources: ['http.useragent'], target: 'http.useragent_details' }),
    ],
  };
  return { kind: 'log pipeline', key: key('pipeline'), title: name, body };
}

function processor(type: string, name: string, rest: JsonObject): JsonObject {
  return { type, name, is_enabled: true, ...rest };
}

/** The sources stay where they are: the document is as it came. */
function remapper(target: string, sources: readonly string[]): JsonObject {
  return processor('attribute-remapper', `To ${target}`, {
    sources,
    source_type: 'attribute',
    target,
    target_type: 'attribute',
    preserve_source: true,
    override_on_conflict: false,
  });
}

/**
 * By target; the first source that is there is taken. In a raw record the payload stands under the event's type, whose dots are steps of a
 * path to Datadog like all others. A test finds every source in some event of some format.
 */
const REMAPPED: Readonly<Record<string, readonly string[]>> = {
  'openai.actor.type': ['ecs.openai.audit.actor.type', 'ocsf.unmapped.actor_type', 'raw.actor.type'],
  'openai.actor.api_key.id': [
    'ecs.openai.audit.actor.api_key.id',
    'ocsf.actor.session.credential_uid',
    'raw.actor.api_key.id',
  ],
  // What somebody was given: a role's name, or of an assignment an id that holds it.
  'openai.role': [
    'ecs.user.changes.roles',
    'ecs.user.target.roles',
    'ecs.openai.audit.details.data.role',
    'ocsf.privileges',
    'ocsf.entity.data.role',
    'ocsf.unmapped.details.data.role',
    'raw.user.updated.changes_requested.role',
    'raw.service_account.updated.changes_requested.role',
    'raw.user.added.data.role',
    'raw.service_account.created.data.role',
    'raw.invite.sent.data.role',
    'raw.role.assignment.created.id',
  ],
  'openai.scopes': [
    'ecs.openai.audit.details.data.scopes',
    'ecs.openai.audit.details.changes_requested.scopes',
    'ocsf.entity.data.scopes',
    'ocsf.entity_result.data.scopes',
    'raw.api_key.created.data.scopes',
    'raw.api_key.updated.changes_requested.scopes',
  ],
  'openai.api_call_logging': [
    'ecs.openai.audit.details.changes_requested.api_call_logging',
    'ocsf.entity_result.data.api_call_logging',
    'raw.organization.updated.changes_requested.api_call_logging',
  ],
  'error.kind': ['ecs.error.code', 'ocsf.status_code', 'raw.login.failed.error_code'],
  'error.message': ['ecs.error.message', 'ocsf.status_detail', 'raw.login.failed.error_message'],
};
