/**
 * Documents per CPU-second of our process into Elasticsearch, by the sink and by the bulk helper of Elastic's client
 * doing the same work, into a real node and into a peer that only counts. Rounds take turns, each in its own process.
 * The sink gzips at level 1, the client at zlib's default, which cannot be changed: part of the difference is that.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RoundOrder, RoundResult, Way } from './elasticsearch-round.ts';
import { fetchEnvelopes } from './envelopes.ts';
import { count, median } from './measure.ts';
import { withBulkPeer, withElasticsearch } from './servers.ts';

const DOCUMENTS = 5_000;
const ROUNDS = 5;
const WAYS: readonly Way[] = ['sink', 'helper, text, gzip', 'helper, objects, gzip', 'helper, text, plain'];
/** The way that does what the sink does. */
const RIVAL: Way = 'helper, text, gzip';

const ROUND = fileURLToPath(new URL('elasticsearch-round.js', import.meta.url));
const execute = promisify(execFile);

export async function elasticsearch(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-bench-'));
  try {
    const envelopes = await fetchEnvelopes(DOCUMENTS);
    const file = join(folder, 'envelopes.json');
    writeFileSync(file, JSON.stringify(envelopes));
    const bytes = envelopes.reduce((sum, one) => sum + one.bytes, 0) / envelopes.length;
    const lines: string[] = [];
    await withBulkPeer(async (url) => {
      lines.push('  into a peer that counts', ...(await compare(WAYS, { url, file, times: 8 })));
    });
    await withElasticsearch(async (url) => {
      lines.push('  into Elasticsearch 9.5.3', ...(await compare(['sink', RIVAL], { url, file, times: 2 })));
    });
    const size = `${count(DOCUMENTS)} ECS documents of ${count(bytes)} bytes`;
    return [`elasticsearch: ${size}, 1,000 in a bulk, 4 bulks at once, median of ${ROUNDS} rounds`, ...lines].join(
      '\n',
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Target = Pick<RoundOrder, 'url' | 'file' | 'times'>;

async function compare(ways: readonly Way[], target: Target): Promise<readonly string[]> {
  const results = new Map<Way, RoundResult[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [way, soFar] of results) {
      const name = `bench-${WAYS.indexOf(way)}-${round}`;
      soFar.push(await runRound({ ...target, way, name }));
    }
  }
  const rates = (way: Way): number[] => (results.get(way) ?? []).map(({ docsPerCpuSecond }) => docsPerCpuSecond);
  const rows = [...results].map(([way, rounds]) => {
    const perSecond = median(rounds.map(({ docsPerSecond }) => docsPerSecond));
    const rss = median(rounds.map(({ maxRssMb }) => maxRssMb));
    return (
      `    ${way.padEnd(22)} ${count(median(rates(way))).padStart(8)} documents per CPU-second` +
      `   ${count(perSecond).padStart(7)} per second   peak RSS ${rss.toFixed(0)} MB`
    );
  });
  const ratio = median(rates('sink')) / median(rates(RIVAL));
  return [...rows, `    ratio to ${RIVAL}   ${ratio.toFixed(2)} (aim: 1.50 or more)`];
}

async function runRound(order: RoundOrder): Promise<RoundResult> {
  const { stdout } = await execute(process.execPath, [ROUND, JSON.stringify(order)]);
  // One line of the program beside this one.
  return JSON.parse(stdout) as RoundResult;
}
