/** The world of the kill tests: a simulator that goes on, a folder that stays, a child that dies. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJournal } from '@audit-relay/core';
import type { Simulator } from '@audit-relay/openai-simulator';
import type { ChildOrder } from './order.ts';

const CHILD = fileURLToPath(new URL('../dist/kills/child.js', import.meta.url));

export interface Ending {
  /** `SIGKILL` when the child died at its step. */
  readonly signal: string | null;
  readonly code: number | null;
  readonly stderr: string;
}

export async function runChild(order: ChildOrder): Promise<Ending> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(order)], { stdio: ['ignore', 'inherit', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += String(text);
  });
  // The pair that Node's `close` event gives.
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stderr };
}

/** How often each id stands in a sink's file, counted over its lines. */
export function linesById(folder: string, format: 'ecs' | 'ocsf'): Map<string, number> {
  const counts = new Map<string, number>();
  const text = readFileSync(join(folder, `${format}.ndjson`), 'utf8');
  for (const line of text.split('\n').slice(0, -1)) {
    // Written by the product a moment ago: ECS and OCSF documents with these members.
    const document = JSON.parse(line) as { event?: { id: string }; metadata?: { original_event_uid: string } };
    const id = document.event?.id ?? document.metadata?.original_event_uid ?? 'no id';
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** What the journal says has become of each entry, by lane. */
export async function lawsIn(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const reader = await readJournal(join(folder, 'journal'));
  try {
    return Object.fromEntries(Object.entries(reader.stats().lanes).map(([lane, { law }]) => [lane, law]));
  } finally {
    await reader.close();
  }
}

/** Each id of the simulator's own truth, once. */
export function truthOnce(simulator: Simulator): Map<string, number> {
  return new Map([...simulator.truth()].map(({ id }) => [id ?? 'no id', 1]));
}

/** Lets `count` more events happen, one after another, up to now. */
export function happen(simulator: Simulator, count: number, prefix: string): void {
  const nowSeconds = Math.floor(Date.now() / 1000);
  simulator.add(
    Array.from({ length: count }, (_, index) => ({
      record: {
        object: 'organization.audit_log',
        id: `audit_log-${prefix}-${index}`,
        type: index % 5 === 0 ? 'tenant.user.added' : 'login.succeeded',
        effective_at: nowSeconds - 2 - (index % 40),
        actor: { type: 'session', session: { user: { id: `user-${index}`, email: `u${index}@example.com` } } },
      },
    })),
  );
}
