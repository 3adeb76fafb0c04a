/**
 * The fields that a `when` may name: every ECS 9.4.0 field and every `openai.audit` field that
 * `ecs.ts` can write, but for `agent` and `@timestamp`, which is no identifier in CEL. A test holds
 * the list against what is really written.
 */

/** A CEL type, or the fields below. */
export interface FieldTypes {
  readonly [field: string]: string | FieldTypes;
}

/** Numbers are `dyn`, so that `55256` and `55256.0` both compare; so is what may be one value or a list. */
const LINES = `
string        message
list<string>  tags
string        ecs.version
string        data_stream.type data_stream.dataset data_stream.namespace
string        observer.vendor observer.product
string        organization.id organization.name
string        event.kind event.module event.dataset event.provider event.id event.action
list<string>  event.category event.type
string        event.outcome event.created event.reason
string        error.code error.message error.type
string        user.id user.name user.email user.domain user.target.id user.target.email
list<string>  user.target.roles user.changes.roles
string        group.id group.name
string        source.address source.ip
dyn           source.port source.as.number source.geo.location.lat source.geo.location.lon
string        source.geo.country_iso_code source.geo.country_name source.geo.city_name
string        source.geo.region_name source.geo.region_iso_code
string        user_agent.original tls.client.ja3 http.request.id
list<string>  related.ip related.user
string        gen_ai.system gen_ai.operation.name gen_ai.request.model gen_ai.response.id gen_ai.response.model
dyn           gen_ai.usage.input_tokens gen_ai.usage.output_tokens
string        openai.audit.actor.type openai.audit.actor.api_key.id openai.audit.actor.api_key.type
string        openai.audit.actor.service_account.id openai.audit.actor.session.ja4
string        openai.audit.project.id openai.audit.project.name openai.audit.target.type
dyn           openai.audit.target.id openai.audit.target.name
map           openai.audit.details
`;

export const FILTER_FIELDS: FieldTypes = readFields();

function readFields(): FieldTypes {
  const root: Record<string, string | FieldTypes> = {};
  for (const line of LINES.trim().split('\n')) {
    const [type = '', ...paths] = line.split(/\s+/);
    for (const path of paths) declare(root, path.split('.'), type);
  }
  return root;
}

function declare(fields: Record<string, string | FieldTypes>, path: readonly string[], type: string): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    fields[name] = type;
    return;
  }
  const inner = fields[name];
  const below = typeof inner === 'object' ? { ...inner } : {};
  declare(below, rest, type);
  fields[name] = below;
}
