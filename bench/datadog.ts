/**
 * Events per CPU-second of our process into a peer that says yes, and the most memory, by the sink and by `submitLog` of Datadog's
 * own client doing the same work; rounds take turns, each in its own process. And what naming the sink adds to a start.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RoundOrder, RoundResult, Way } from './datadog-round.ts';
import { fetchEnvelopes } from './envelopes.ts';
import { count, median } from './measure.ts';
import { withLogsPeer } from './servers.ts';
import { type StartTime, untilFirstPoll, withEmptyLog } from './start.ts';

const EVENTS = 1_000;
const REQUESTS = 40;
const ROUNDS = 5;
const STARTS = 15;
const WAYS: readonly Way[] = ['sink', 'submitLog'];

const ROUND = fileURLToPath(new URL('datadog-round.js', import.meta.url));
const execute = promisify(execFile);

export async function datadog(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-bench-'));
  try {
    const envelopes = await fetchEnvelopes(EVENTS);
    const file = join(folder, 'envelopes.json');
    writeFileSync(file, JSON.stringify(envelopes));
    const bytes = envelopes.reduce((sum, one) => sum + one.bytes, 0) / envelopes.length;
    const lines: string[] = [];
    await withLogsPeer(async (url) => {
      lines.push(...(await compare({ url, file, requests: REQUESTS })));
    });
    const size = `${REQUESTS} requests of ${count(EVENTS)} ECS documents of ${count(bytes)} bytes`;
    const head = `datadog: ${size}, gzip, 4 requests at once, median of ${ROUNDS} rounds`;
    return [head, ...lines, ...(await starts())].join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(target: Omit<RoundOrder, 'way'>): Promise<readonly string[]> {
  const results: Record<Way, RoundResult[]> = { sink: [], submitLog: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of WAYS) results[way].push(await runRound({ ...target, way }));
  }
  const of = (way: Way, key: keyof RoundResult): number => median(results[way].map((each) => each[key]));
  const rows = WAYS.map((way) => {
    const [cpu, wall] = [count(of(way, 'eventsPerCpuSecond')), count(of(way, 'eventsPerSecond'))];
    const rss = of(way, 'maxRssMb').toFixed(0);
    return `  ${way.padEnd(12)} ${cpu.padStart(8)} events per CPU-second   ${wall.padStart(7)} per second   peak RSS ${rss} MB`;
  });
  const speed = of('sink', 'eventsPerCpuSecond') / of('submitLog', 'eventsPerCpuSecond');
  const memory = of('sink', 'maxRssMb') / of('submitLog', 'maxRssMb');
  return [
    ...rows,
    `  ratio to submitLog   events ${speed.toFixed(2)} (aim: 4.00 or more)   memory ${memory.toFixed(2)} (aim: 0.33 or less)`,
  ];
}

async function runRound(order: RoundOrder): Promise<RoundResult> {
  const { stdout } = await execute(process.execPath, [ROUND, JSON.stringify(order)]);
  // One line of the program beside this one.
  return JSON.parse(stdout) as RoundResult;
}

async function starts(): Promise<readonly string[]> {
  const without: StartTime[] = [];
  const withIt: StartTime[] = [];
  const file = (folder: string) => ({ file: { type: 'file', path: join(folder, 'events.ndjson') } });
  const both = (folder: string) => ({ ...file(folder), siem: { type: 'datadog', site: 'us1', api_key: 'none' } });
  await withEmptyLog(async (log) => {
    for (let round = 0; round < STARTS; round++) {
      without.push(await untilFirstPoll(log, file));
      withIt.push(await untilFirstPoll(log, both));
    }
  });
  const of = (times: readonly StartTime[], key: keyof StartTime): number => median(times.map((each) => each[key]));
  const row = (times: readonly StartTime[]): string =>
    `${of(times, 'cpuMs').toFixed(0)} ms of CPU time   ${of(times, 'ms').toFixed(0)} ms by the clock`;
  const added = of(withIt, 'cpuMs') - of(without, 'cpuMs');
  return [
    `  process start to first poll, median of ${STARTS}`,
    `    with a file alone          ${row(without)}`,
    `    with this sink beside it   ${row(withIt)}`,
    `    what naming it adds        ${added.toFixed(0)} ms of CPU time (aim: under 30 ms)`,
  ];
}
