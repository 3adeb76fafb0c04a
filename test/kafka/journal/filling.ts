/** Entries in a journal's topics, by the journal's own way in. */
import { type KafkaJournalConfig, openSources } from '@audit-relay/journal-kafka';
import { fixed, NEVER, testRuntime } from './collect.ts';

const START = { version: 1, startSeconds: 1, startProvisional: false, done: [], passes: {} } as const;
/** In several partitions. */
const SOURCES = ['acme', 'bolt', 'coda', 'dyne', 'echo', 'flux'];

/** So many entries of each of six sources, in commits of three; their ids. */
export async function fill(config: KafkaJournalConfig, count: number, from = 0): Promise<readonly string[]> {
  const runtime = testRuntime();
  const open = await openSources({
    config,
    runtime,
    assignment: fixed(Array.from({ length: config.partitions }, (_, at) => at)),
  });
  await open.configure({ sources: SOURCES.map((name) => ({ name, feeds: ['organization'] })), lanes: [] });
  const ids: string[] = [];
  for (let at = from; at < from + count; at += 3) {
    for (const source of SOURCES) {
      const entries = [at, at + 1, at + 2].map((number) => {
        const id = `${source}-${number}`;
        const common = { id, type: 't', timeMs: 1e12, receivedMs: 1e12, source, raw: JSON.stringify({ id }) };
        return { ...common, feed: 'organization', dialect: 'audit_logs' } as const;
      });
      ids.push(...entries.map(({ id }) => id));
      await open.source(source).commit({ feed: 'organization', advance: () => START, entries }, NEVER);
    }
  }
  await open.close();
  return ids;
}
