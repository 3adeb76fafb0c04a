/** That every copy of an entry is the same to the byte, however often and for whatever reason it goes out again. */
import type { Envelope } from '@audit-relay/sink';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import { createNormalizer } from '../normalize/normalizer.ts';
import {
  acked,
  hangs,
  LaneWorld,
  never,
  refused,
  rejected,
  type Script,
  tooLarge,
  unanswered,
} from './lane.test.world.ts';

const RAW = [
  '{"id":"audit_log-1","type":"login.succeeded","effective_at":1722461446,"actor":{"type":"session","session":{"user":{"id":"user-1","email":"ada@example.com"},"ip_address":"192.0.2.1"}},"login.succeeded":{}}',
  '{"type":"api_key.created","id":"audit_log-2","effective_at":1722461447,"api_key.created":{"id":"key_1","data":{"scopes":["b","a"]}},"later":12345678901234567890,"text":"é\\u0000\\ud800"}',
  '{"id":"audit_log-3","effective_at":"soon","type":"of.tomorrow"}',
];

/** One of them was read from the API once more. */
const ENTRIES: readonly Entry[] = [...RAW, ...RAW.slice(0, 1)].map((raw, index) => ({
  id: `audit_log-${(index % 3) + 1}`,
  type: 'login.succeeded',
  timeMs: 1_722_461_446_000 + index,
  receivedMs: 1_722_461_999_000 + index,
  source: 'acme',
  feed: 'organization',
  dialect: 'audit_logs',
  organization: { id: 'org-1', name: 'Acme' },
  ...(index === 3 ? { again: true } : {}),
  raw,
}));

const SCRIPTS: readonly { readonly name: string; readonly script: Script; readonly restarts?: number }[] = [
  { name: 'a retry', script: (_batch, _call, index) => (index < 4 ? refused : acked) },
  { name: 'a lost answer', script: (_batch, _call, index) => (index < 2 ? unanswered : acked) },
  { name: 'a search', script: ({ envelopes }) => (envelopes.length > 1 ? rejected : acked) },
  { name: 'halves', script: ({ envelopes }) => (envelopes.length > 1 ? tooLarge : acked) },
  { name: 'a sink that hangs', script: (batch, call, index) => (index < 2 ? hangs(batch, call, index) : acked) },
  { name: 'two kills', script: (batch, call, index) => (index < 2 ? never(batch, call, index) : acked), restarts: 2 },
  {
    name: 'a partial answer',
    script: ({ envelopes }, _call, index) =>
      index < 3 && envelopes.length > 1
        ? { kind: 'partial', acked: envelopes.length - 1, failures: [{ index: 0, failure: refused }] }
        : acked,
  },
];

describe.each(['ecs', 'ocsf', 'raw'] as const)('as %s', (format) => {
  test.each(SCRIPTS)('every copy is the same after $name', async ({ script, restarts = 0 }) => {
    const copies = new Map<string, Set<string>>();
    const sends: number[] = [];
    const world = new LaneWorld({
      config: { format, batch: { max_age: 0 } },
      // Made anew at each start, as by another process.
      render: () => createNormalizer({ name: 'audit-relay', version: '1.2.3' }, undefined).render,
      script: (batch, call, index) => {
        sends.push(batch.envelopes.length);
        for (const envelope of batch.envelopes) note(copies, envelope);
        return script(batch, call, index);
      },
    });
    world.journal.append(ENTRIES);
    world.start();
    for (let life = 0; life < restarts; life += 1) {
      const sent = world.sent.length;
      await world.time.until(() => world.sent.length > sent);
      world.time.setClock(86_400_000);
      world.restart();
    }
    await world.idle();
    expect(sends.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(ENTRIES.length);
    expect([...copies].map(([entry, texts]) => [entry, texts.size])).toEqual([...copies].map(([entry]) => [entry, 1]));
    expect(copies.size).toBe(ENTRIES.length);
  });
});

/** By the entry, which `receivedMs` tells from its other reading. */
function note(copies: Map<string, Set<string>>, { id, type, timeMs, receivedMs, json, bytes }: Envelope): void {
  const entry = `${id} ${receivedMs}`;
  const text = JSON.stringify({ id, type, timeMs, receivedMs, json, bytes });
  copies.set(entry, (copies.get(entry) ?? new Set()).add(text));
}
