/** What is left of a record of the older dialect when it may hold no prompt and no response. */
import { expect, test } from 'vitest';
import type { JsonValue } from '../../event.ts';
import { withoutBodies } from './bodies.ts';

/** The text of the record that is journaled, which must say what its value says. */
function journaled(raw: string): string {
  const kept = withoutBodies({ raw, value: JSON.parse(raw) as JsonValue });
  expect(JSON.parse(kept.raw)).toEqual(kept.value);
  return kept.raw;
}

test.for([
  {
    name: 'a response keeps what is no content',
    raw: '{"id":"l1","api_request":{"id":"r1","response":{"id":"c1","choices":[{"index":0,"message":{"content":"CANARY"},"finish_reason":"stop"}],"usage":{"total_tokens":3},"output":"CANARY"}},"created_at":1}',
    kept: '{"id":"l1","api_request":{"id":"r1","response":{"id":"c1","usage":{"total_tokens":3},"choices":[{"index":0,"finish_reason":"stop"}]}},"created_at":1}',
  },
  {
    name: 'what is not known to be harmless goes',
    raw: '{"api_request":{"model":"m","prompt":"CANARY","messages":["CANARY"],"error":{"code":"429"},"success":false}}',
    kept: '{"api_request":{"model":"m","error":{"code":"429"},"success":false}}',
  },
  {
    name: 'a response that is a text goes whole',
    raw: '{"api_request":{"id":"r1","response":"CANARY"}}',
    kept: '{"api_request":{"id":"r1"}}',
  },
  { name: 'a request that is a text goes whole', raw: '{"api_request":"CANARY"}', kept: '{"api_request":null}' },
  {
    name: 'a member that stands twice goes twice',
    raw: '{"api_request":{"prompt":"CANARY"},"n":1,"api_request":{"id":"r","prompt":"CANARY"}}',
    kept: '{"api_request":{"id":"r"},"n":1,"api_request":{"id":"r"}}',
  },
  {
    name: 'a member whose name is spelled with escapes goes',
    raw: '{"api\\u005frequest":{"prompt":"CANARY"}}',
    kept: '{"api\\u005frequest":{}}',
  },
  {
    name: 'around it no byte changes',
    raw: '{ "n" : 12345678901234567890, "api_request" : { "id" : "r", "prompt" : "CANARY" } , "x":"\\u0041" }',
    kept: '{ "n" : 12345678901234567890, "api_request" : {"id":"r"} , "x":"\\u0041" }',
  },
])('$name', ({ raw, kept }) => {
  expect(journaled(raw)).toBe(kept);
});

test.for([
  { name: 'a record without a call', raw: '{"id":"l1","event":"organization.user.created"}' },
  { name: 'a call without bodies', raw: '{ "api_request" : { "id":"r", "response": {"usage":{}, "model":"m"} } }' },
  { name: 'a call that is null', raw: '{"api_request":null}' },
  { name: 'what is no object', raw: '["api_request"]' },
])('$name stays as it is', ({ raw }) => {
  const record = { raw, value: JSON.parse(raw) as JsonValue };
  expect(withoutBodies(record)).toBe(record);
});
