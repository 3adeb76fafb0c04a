/**
 * The older dialect, `/v1/organization_logs/`: one list without feeds and filters, with `order`, and a
 * request for a single log. Its logs are the organization feed's events told in its words, so that one
 * truth serves both dialects. Logins that succeeded and logouts, of which it has no word, stand as
 * calls of the API by the same person. A given record that has `event` and no `type` is one of its own.
 */

import { mix32, Random } from './generator/random.ts';
import { at, textAt } from './json.ts';

/** The list's parameters; `limit` is 20 when absent, 100 at most. */
export const organizationLogParameters: ReadonlySet<string> = new Set(['limit', 'after', 'order']);

const eventPrefix = 'audit_log-';
const logPrefix = 'log_';

/** Types that the dialect calls otherwise; the others have `organization.` before them. */
const renamed: Readonly<Record<string, string>> = { 'user.added': 'organization.user.created' };
const calls: ReadonlySet<string> = new Set(['login.succeeded', 'logout.succeeded']);

/** `log_…` for `audit_log-…`. @param type of the event; empty: the record is of this dialect and keeps its id. */
export function logId(eventId: string, type: string): string {
  if (type === '') return eventId;
  return logPrefix + (eventId.startsWith(eventPrefix) ? eventId.slice(eventPrefix.length) : eventId);
}

/** The ids that an event may have whose log is called `id`. */
export function possibleEventIds(id: string): readonly string[] {
  if (!id.startsWith(logPrefix)) return [id];
  const rest = id.slice(logPrefix.length);
  return [id, eventPrefix + rest, rest];
}

/** The log of an event: `{"id":"log_…","event":"organization.user.created","actor":{…},"target":{…},"created_at":1795322501,"success":true}` */
export function logRecord(record: Buffer, type: string): Buffer {
  if (type === '') return record;
  const value: unknown = JSON.parse(record.toString());
  const eventId = textAt(value, 'id');
  const log = {
    id: eventId === undefined ? undefined : logId(eventId, type),
    event: eventName(type),
    actor: actorOf(value),
    ...(calls.has(type) ? apiCall(eventId ?? '') : change(value, type)),
    created_at: at(value, 'effective_at'),
  };
  return Buffer.from(JSON.stringify(log));
}

function eventName(type: string): string {
  if (calls.has(type)) return 'chat.completions.create';
  return renamed[type] ?? (type.startsWith('organization.') ? type : `organization.${type}`);
}

/** Without address, client and place: the dialect has none. */
function actorOf(record: unknown): object {
  const user = at(record, 'actor', 'session', 'user');
  if (textAt(record, 'actor', 'type') === 'session') {
    return { type: 'user', id: textAt(user, 'id'), name: textAt(user, 'email') };
  }
  const key = at(record, 'actor', 'api_key');
  return key === undefined ? { type: 'organization' } : { type: 'api_key', id: textAt(key, 'id') };
}

function change(record: unknown, type: string): object {
  const payload = at(record, type);
  const message = textAt(payload, 'error_message');
  const error = { code: textAt(payload, 'error_code'), message };
  return {
    target: {
      type: type.split('.')[0],
      id: textAt(payload, 'id'),
      name: textAt(payload, 'data', 'name') ?? textAt(payload, 'name') ?? textAt(record, 'project', 'name'),
    },
    ...(message === undefined ? {} : { api_request: { error } }),
    success: !type.endsWith('.failed'),
  };
}

/** `success` stands in `api_request` in the dialect's example and beside it in its description: each in half of the calls. */
function apiCall(eventId: string): object {
  const random = new Random(Buffer.from(eventId).reduce((key, byte) => mix32(key ^ byte), callStream));
  const target = { type: 'chat_completion', id: `chatcmpl-${random.letters(24)}` };
  const model = random.pick(['gpt-5.2', 'gpt-5.2-mini', 'gpt-4.1']);
  const success = random.chance(0.95);
  const call = {
    id: `req_${random.hex(32)}`,
    model,
    response_body_truncated: random.chance(0.1),
    prompt_truncated: random.chance(0.1),
    ...(success ? { response: completion(random, target.id, model) } : { error: tooManyTokens }),
  };
  return random.chance(0.5) ? { target, api_request: { ...call, success } } : { target, api_request: call, success };
}

function completion(random: Random, id: string, model: string): object {
  const [prompt_tokens, completion_tokens] = [20 + random.below(2_000), 1 + random.below(800)];
  return {
    id,
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Done.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  };
}

const tooManyTokens = { code: '429', type: 'tokens', message: 'The rate limit for tokens was reached.' };
const callStream = 7;
