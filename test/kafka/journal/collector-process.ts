/**
 * A process that is one member of the group of collectors, told what to do by lines on stdin: `share SOURCE` (waits until it is known
 * whose it is), `commit SOURCE ID…`, `over SOURCE` (waits until the share is), `release SOURCE`, `stop-at STEP` (stops itself by SIGSTOP when
 * the journal next logs that step). Arguments: broker, topic prefix, sources, session in milliseconds.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Share, SourceJournal } from '@audit-relay/core/journal';
import { openCollectors } from '@audit-relay/journal-kafka';
import { configOf, NEVER, testRuntime } from './collect.ts';

const [broker = '', prefix = '', sources = '', session = ''] = process.argv.slice(2);
const START = { version: 1, startSeconds: 1, startProvisional: false, done: [], passes: {} } as const;
const TIME_MS = 1_767_225_600_000;
let stopAt = '';
const runtime = testRuntime((code) => {
  if (code === stopAt) {
    stopAt = '';
    process.kill(process.pid, 'SIGSTOP');
  }
});
const sessionMs = Number(session);
const times = { sessionMs, heartbeatMs: sessionMs / 12, rebalanceMs: 20_000 };
const collectors = await openCollectors({ config: configOf(broker, prefix), runtime }, times);
const feeds = ['organization'] as const;
await collectors.configure({ sources: sources.split(',').map((name) => ({ name, feeds })), lanes: [] });
const shares = new Map<string, Share<SourceJournal>>();

function entry(source: string, id: string) {
  const origin = { source, feed: 'organization', dialect: 'audit_logs' } as const;
  return { id, type: 't', timeMs: TIME_MS, receivedMs: TIME_MS, ...origin, raw: JSON.stringify({ id }) };
}

const ORDERS: Readonly<Record<string, (source: string, ids: readonly string[]) => Promise<object>>> = {
  share: async (source) => {
    const share = await collectors.source(source, NEVER);
    shares.set(source, share);
    return { owns: share.way !== undefined, ...(share.refused && { refused: Object(share.refused).code }) };
  },
  commit: async (source, ids) => {
    const entries = ids.map((id) => entry(source, id));
    const commit = { feed: 'organization', advance: () => START, entries } as const;
    const { journaled = [] } = (await shares.get(source)?.way?.commit(commit, NEVER)) ?? {};
    return { journaled: journaled.map(({ id }) => id) };
  },
  over: async (source) => {
    const revoked = shares.get(source)?.revoked;
    if (revoked?.aborted === false) await once(revoked, 'abort');
    return { code: Object(revoked?.reason).code };
  },
  release: async (source) => {
    shares.get(source)?.release();
    return {};
  },
  'stop-at': async (step) => {
    stopAt = step;
    return {};
  },
};

for await (const line of createInterface(process.stdin)) {
  const [order = '', source = '', ...ids] = line.split(' ');
  try {
    console.log(JSON.stringify(await ORDERS[order]?.(source, ids)));
  } catch (error) {
    console.log(JSON.stringify({ code: Object(error).code ?? String(error) }));
  }
}
process.exit(0);
