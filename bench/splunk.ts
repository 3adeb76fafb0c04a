/**
 * The Splunk sink: documents per CPU-second of our process against a bare loop that wraps, packs and posts the same texts,
 * into a peer that only says yes; and the memory of what waits for indexer acknowledgment. Rounds take turns, each in its
 * own process. How many requests one bad event costs is a test: `test/splunk/relay.test.ts`.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fetchEnvelopes } from './envelopes.ts';
import { count, median } from './measure.ts';
import { withHecPeer } from './servers.ts';
import { withSimulator } from './simulator.ts';
import type { RoundOrder, RoundResult } from './splunk-round.ts';
import type { WaitingOrder, WaitingResult } from './splunk-waiting.ts';

const DOCUMENTS = 5_000;
const ROUNDS = 5;
/** Long enough that the first requests, for which code is compiled, count for little. */
const TIMES = { plain: 40, gzip: 10 } as const;
/** A lane reads 100,000 past its cursor at most, and the last batch is not full: of so many, these go out. */
const EVENTS = 100_000;
const WAITING = 99_000;
const AIM = 0.7;
/** As in YAML; as little as lets all of them wait. */
const CONFIGURED = '612MB';
const CONFIGURED_MB = 612;

const ROUND = fileURLToPath(new URL('splunk-round.js', import.meta.url));
const WAITING_PROGRAM = fileURLToPath(new URL('splunk-waiting.js', import.meta.url));
const execute = promisify(execFile);

export async function splunk(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-bench-'));
  try {
    const envelopes = await fetchEnvelopes(DOCUMENTS);
    const file = join(folder, 'envelopes.json');
    writeFileSync(file, JSON.stringify(envelopes));
    const bytes = envelopes.reduce((sum, one) => sum + one.bytes, 0) / envelopes.length;
    const size = `${count(DOCUMENTS)} ECS documents of ${count(bytes)} bytes`;
    return [
      `splunk: ${size}, 500 in a request, 4 requests at once, median of ${ROUNDS} rounds`,
      ...(await compare('plain', { file, gzip: false })),
      ...(await compare('gzip', { file, gzip: true })),
      ...(await compare('gzip, indexer acknowledgment', { file, gzip: true, acks: 'acks' })),
      '',
      ...(await waiting()),
    ].join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Setting = Pick<RoundOrder, 'file' | 'gzip'> & { readonly acks?: 'acks' };

async function compare(name: string, { acks, ...setting }: Setting): Promise<readonly string[]> {
  const results: Record<RoundOrder['way'], RoundResult[]> = { sink: [], loop: [] };
  await withHecPeer(async (url) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const way of ['sink', 'loop'] as const) {
        results[way].push(
          await run<RoundResult>(ROUND, {
            ...setting,
            url,
            way,
            times: TIMES[setting.gzip ? 'gzip' : 'plain'],
          } satisfies RoundOrder),
        );
      }
    }
  }, acks);
  const rate = (way: RoundOrder['way']): number => median(results[way].map(({ perCpuSecond }) => perCpuSecond));
  const rows = (['sink', 'loop'] as const).map((way) => {
    const rss = median(results[way].map(({ maxRssMb }) => maxRssMb));
    return `    ${way.padEnd(6)} ${count(rate(way)).padStart(9)} documents per CPU-second   peak RSS ${rss.toFixed(0)} MB`;
  });
  return [
    `  ${name}`,
    ...rows,
    `    ratio  ${(rate('sink') / rate('loop')).toFixed(2)} (aim: ${AIM.toFixed(2)} or more)`,
  ];
}

async function waiting(): Promise<readonly string[]> {
  let seen: WaitingResult | undefined;
  await withHecPeer(async (url) => {
    await withSimulator({ events: EVENTS, span: '30d' }, async (api) => {
      const order: WaitingOrder = { url, api, events: WAITING, maxUnackedBytes: CONFIGURED };
      seen = await run<WaitingResult>(WAITING_PROGRAM, order, ['--heap-growing-percent=50']);
    });
  }, 'waits');
  if (seen === undefined) throw new Error('nothing was measured');
  const { beforeMb, whileMb, peakMb } = seen;
  const mb = seen.bytes / 1e6;
  const grown = peakMb - beforeMb;
  return [
    `splunk waiting: ${count(seen.waiting)} documents, ${mb.toFixed(0)} MB, wait for indexer acknowledgment, max_unacked_bytes ${CONFIGURED}`,
    `  RssAnon ${beforeMb.toFixed(0)} MB before, ${whileMb.toFixed(0)} MB while they wait, ${peakMb.toFixed(0)} MB at most`,
    `  grown by ${grown.toFixed(0)} MB: ${(grown / mb).toFixed(2)} of the documents’ bytes, ${(grown / CONFIGURED_MB).toFixed(2)} of max_unacked_bytes (aim: 1.20 or less)`,
  ];
}

async function run<Result>(program: string, order: object, flags: readonly string[] = []): Promise<Result> {
  const { stdout } = await execute(process.execPath, [...flags, program, JSON.stringify(order)]);
  // One line of the program beside this one.
  return JSON.parse(stdout) as Result;
}
