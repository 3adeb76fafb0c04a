/**
 * Anonymous memory while a backlog of 1,000,000 entries grows in the journal behind a sink whose peer is down.
 * The simulator is another process; nothing else runs in this one.
 */
import { setTimeout } from 'node:timers/promises';
import { count, memoryMb } from './measure.ts';
import { benchSink, withRelay } from './relays.ts';
import { withSimulator } from './simulator.ts';

const EVENTS = 1_000_000;
const SPAN_DAYS = 90;
const MARKS = 8;
/** Between two looks, in milliseconds. */
const LOOK_MS = 50;

export async function memory(): Promise<string> {
  const lines: string[] = [];
  const anons: number[] = [];
  await withSimulator({ events: EVENTS, span: `${SPAN_DAYS}d` }, async (url) => {
    const start = new Date(Date.now() - (SPAN_DAYS + 1) * 86_400_000).toISOString();
    const down = benchSink({ kind: 'retryable', why: 'failed', reason: 'down for the bench' });
    await withRelay({ url, start, sink: down }, async (relay) => {
      for (let mark = 0; mark <= MARKS; await setTimeout(LOOK_MS)) {
        const held = relay.status().journal.entries;
        const { anon, file } = memoryMb();
        anons.push(anon);
        if (held < (EVENTS * mark) / MARKS) continue;
        lines.push(`  ${count(held).padStart(9)} entries   RssAnon ${mb(anon)}   RssFile ${mb(file)}`);
        mark += 1;
      }
    });
  });
  return [
    `memory: a backlog of ${count(EVENTS)} entries behind a peer that is down (aim: RssAnon under 120 MB, flat)`,
    ...lines,
    `  all along           RssAnon ${mb(Math.min(...anons))} to ${mb(Math.max(...anons))}, most of all memory ${mb(memoryMb().maxRss)}`,
  ].join('\n');
}

function mb(value: number): string {
  return `${value.toFixed(0)} MB`;
}
