/**
 * Records into a real broker of one machine, acks=all: by the sink, and by the bare client doing one large `send` after
 * another, as the fastest way that it has. Rounds take turns, each in a process of its own, so that its memory and CPU time
 * are its own. Both with the same records, the same number of them in a request, the same codec.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { KafkaRoundOrder, KafkaRoundResult, KafkaWay } from './kafka-round.ts';
import { count, median } from './measure.ts';
import { withKafka } from './servers.ts';

const ROUNDS = 9;
const WAYS: readonly KafkaWay[] = ['sink', 'client'];
const CODECS = ['none', 'gzip'] as const;
const SENDS = 40;
const RECORD_BYTES = 1_024;
const IDLE_MS = 10_000;

const ROUND = fileURLToPath(new URL('kafka-round.js', import.meta.url));
const execute = promisify(execFile);

export async function kafka(): Promise<string> {
  const lines: string[] = [];
  await withKafka(async (broker) => {
    for (const codec of CODECS) lines.push(`  compression: ${codec}`, ...(await compare(broker, codec)));
    for (const way of WAYS) lines.push(await idle(broker, way));
  });
  const head = `kafka: records of ${count(RECORD_BYTES)} bytes, acks=all, 1,000 in a request, 3 partitions, ${SENDS} sends a round`;
  return [`${head}, median of ${ROUNDS} rounds, into Kafka 4.4.0`, ...lines].join('\n');
}

async function compare(broker: string, codec: KafkaRoundOrder['codec']): Promise<readonly string[]> {
  const results = new Map<KafkaWay, KafkaRoundResult[]>(WAYS.map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each way goes first as often as the other.
    const turn = round % 2 === 0 ? [...results] : [...results].reverse();
    for (const [way, soFar] of turn)
      soFar.push(await runRound({ broker, codec, way, sends: SENDS, recordBytes: RECORD_BYTES, idleMs: 0 }));
  }
  const of = (way: KafkaWay, figure: keyof KafkaRoundResult): number =>
    median((results.get(way) ?? []).map((round) => round[figure]));
  const rows = WAYS.map(
    (way) =>
      `    ${way.padEnd(8)} ${count(of(way, 'perSecond')).padStart(8)} records per second` +
      `   ${count(of(way, 'perCpuSecond')).padStart(8)} per CPU-second   p99 of a send ${of(way, 'p99Ms').toFixed(0).padStart(4)} ms` +
      `   peak RSS ${of(way, 'maxRssMb').toFixed(0)} MB`,
  );
  // Of the two of a round, which the machine treats most alike.
  const ratio = (figure: keyof KafkaRoundResult): string => {
    const [sink = [], client = []] = WAYS.map((way) => results.get(way));
    return median(sink.map((one, round) => one[figure] / (client[round]?.[figure] ?? Number.NaN))).toFixed(2);
  };
  return [
    ...rows,
    `    ratio    ${ratio('perSecond')} per second (aim: 0.90 or more), ${ratio('perCpuSecond')} per CPU-second, medians of each round’s own`,
  ];
}

/** What a connection costs that nothing goes over. */
async function idle(broker: string, way: KafkaWay): Promise<string> {
  const { idlePercent } = await runRound({
    broker,
    codec: 'none',
    way,
    sends: 2,
    recordBytes: RECORD_BYTES,
    idleMs: IDLE_MS,
  });
  return `  idle for ${IDLE_MS / 1_000} s: ${way.padEnd(8)} ${idlePercent.toFixed(1)} % of one CPU`;
}

async function runRound(order: KafkaRoundOrder): Promise<KafkaRoundResult> {
  const { stdout } = await execute(process.execPath, [ROUND, JSON.stringify(order)]);
  // One line of the program beside this one.
  return JSON.parse(stdout) as KafkaRoundResult;
}
