/**
 * The fields that our ECS documents can hold, each with the type that Elasticsearch gives it: the mappings of the
 * component template. Tests hold them against what is really written, against ECS, and the dashboard against them.
 */

/** A JSON object of a request's body. */
export interface JsonObject {
  readonly [member: string]: JsonValue;
}

/** What such an object holds. */
export type JsonValue = string | number | boolean | readonly JsonValue[] | JsonObject;

/** Types are those of ECS 9.4.0; `openai.audit` is our own. `data_stream` is left to the index template. */
const LINES = `
date             @timestamp event.created event.ingested
match_only_text  message error.message
ip               source.ip related.ip
geo_point        source.geo.location
long             source.port source.as.number
integer          gen_ai.usage.input_tokens gen_ai.usage.output_tokens
stored           event.original
named            organization.name user.name user_agent.original
keyword          tags ecs.version observer.vendor observer.product organization.id
keyword          agent.name agent.type agent.version
keyword          event.id event.kind event.module event.dataset event.provider event.action
keyword          event.category event.type event.outcome event.reason error.code error.type
keyword          user.id user.email user.domain user.target.id user.target.email user.target.roles
keyword          user.changes.roles group.id group.name related.user
keyword          source.address source.geo.country_iso_code source.geo.country_name source.geo.city_name
keyword          source.geo.region_name source.geo.region_iso_code tls.client.ja3 http.request.id
keyword          gen_ai.system gen_ai.operation.name gen_ai.request.model gen_ai.response.id gen_ai.response.model
keyword          openai.audit.actor.type openai.audit.actor.api_key.id openai.audit.actor.api_key.type
keyword          openai.audit.actor.service_account.id openai.audit.actor.session.ja4
keyword          openai.audit.project.id openai.audit.project.name
keyword          openai.audit.target.type openai.audit.target.id openai.audit.target.name
flattened        openai.audit.details
`;

/** ECS cuts nothing and indexes no keyword longer than this, in characters. */
const KEYWORD = { type: 'keyword', ignore_above: 1024 };

/**
 * A payload of any shape as one field. A term holds at most 32,766 bytes of UTF-8, and a character may take four; more
 * would refuse the whole document, and so would one that is nested deeper than the default of 20.
 */
export const PAYLOAD: JsonObject = { type: 'flattened', ignore_above: 8191, depth_limit: 100 };

const MAPPINGS: Readonly<Record<string, JsonObject>> = {
  keyword: KEYWORD,
  // As in ECS: the same value once more, to be searched by its words.
  named: { ...KEYWORD, fields: { text: { type: 'match_only_text' } } },
  // The record's text is kept to be looked at, not to be searched.
  stored: { type: 'keyword', index: false, doc_values: false },
  flattened: PAYLOAD,
};

/** `mappings.properties` of the component template, objects within objects. */
export function fieldProperties(): JsonObject {
  const root: Properties = new Map();
  for (const [path, kind] of rowsOf(LINES)) declare(root, path.split('.'), mappingOf(kind));
  // A data stream wants a time of every document, so that one without is refused whatever the index does to others.
  declare(root, ['@timestamp'], { type: 'date', ignore_malformed: false });
  return written(root);
}

/** Of the API's own record, in both of its dialects: what a search, a filter or a time line needs. */
const RAW_LINES = `
date             effective_at created_at
keyword          id type event object project.id project.name
keyword          actor.type actor.id actor.name actor.session.user.id actor.session.user.email
keyword          actor.session.user_agent actor.api_key.id actor.api_key.type actor.api_key.user.id
keyword          actor.api_key.user.email actor.api_key.service_account.id
ip               actor.session.ip_address
boolean          success
keyword          target.type target.id target.name
`;

/** `mappings.runtime` for raw records: what does not fit its type has no value there, and is in the source all the same. */
export function rawFields(): JsonObject {
  const fields = rowsOf(RAW_LINES).map(([path, type]): readonly [string, JsonObject] => [
    path,
    type === 'date' ? { type, format: 'epoch_second||strict_date_optional_time' } : { type },
  ]);
  return Object.fromEntries(fields);
}

/** A field's mapping, or the fields below it. */
type Properties = Map<string, JsonObject | Properties>;

function rowsOf(lines: string): readonly (readonly [path: string, kind: string])[] {
  return lines
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [kind = '', ...paths] = line.split(/\s+/);
      return paths.map((path) => [path, kind] as const);
    });
}

function mappingOf(kind: string): JsonObject {
  return MAPPINGS[kind] ?? { type: kind };
}

function declare(fields: Properties, [name = '', ...rest]: readonly string[], mapping: JsonObject): void {
  if (rest.length === 0) {
    fields.set(name, mapping);
    return;
  }
  const known = fields.get(name);
  const below: Properties = known instanceof Map ? known : new Map();
  fields.set(name, below);
  declare(below, rest, mapping);
}

function written(fields: Properties): JsonObject {
  const entries = [...fields].map(([name, part]): [string, JsonObject] => {
    return [name, part instanceof Map ? { properties: written(part) } : part];
  });
  return Object.fromEntries(entries);
}
