/** From samples to the lines of the charts: one time axis, and a line of figures for each source of them. */
import type { Sample } from '../../src/http/status-page/history.ts';

export interface Line {
  readonly name: string;
  /** The same in every chart: from 1 for sinks, 0 for what is no sink. */
  readonly colour: number;
  /** Null: nothing is known of that moment. */
  readonly values: readonly (number | null)[];
}

export interface Lines {
  /** Seconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}

/** Events come in pages and batches: a rate is that of so many milliseconds. */
const RATE_MS = 10_000;
/** Deliveries are told of the last minute. */
const DELIVERY_MS = 60_000;

export interface Range {
  readonly atMs: number;
  readonly elapsedMs: number;
  /** How far back, in milliseconds. */
  readonly spanMs: number;
}

export function flowLines(points: readonly Sample[], range: Range): Lines {
  const into = lineOf(points, ['journaled', 0], (at) => rateAt(points, at, ({ journaled }) => journaled));
  const out = lanesOf(points).map(([name, colour]) =>
    lineOf(points, [name, colour], (at) => rateAt(points, at, ({ lanes }) => lanes[name]?.[0])),
  );
  return within(points, range, [into, ...out]);
}

export function lagLines(points: readonly Sample[], range: Range): Lines {
  const lag = (name: string) => (at: number) => {
    const lane = points[at]?.lanes[name];
    return lane === undefined ? null : lane[2] / 1_000;
  };
  return within(
    points,
    range,
    lanesOf(points).map((line) => lineOf(points, line, lag(line[0]))),
  );
}

/** Mean seconds from an event's time to its ack, of what was delivered live. */
export function deliveryLines(points: readonly Sample[], range: Range): Lines {
  const mean = (name: string) => (at: number) => {
    const now = points[at]?.lanes[name];
    const before = points[earlier(points, at, DELIVERY_MS)]?.lanes[name];
    if (now === undefined || before === undefined || now[3] <= before[3]) return null;
    return (now[4] - before[4]) / (now[3] - before[3]);
  };
  return within(
    points,
    range,
    lanesOf(points).map((line) => lineOf(points, line, mean(line[0]))),
  );
}

type Named = readonly [name: string, colour: number];

function lanesOf(points: readonly Sample[]): readonly Named[] {
  return Object.keys(points.at(-1)?.lanes ?? {}).map((name, at) => [name, at + 1]);
}

function lineOf(points: readonly Sample[], [name, colour]: Named, valueAt: (at: number) => number | null): Line {
  return { name, colour, values: points.map((_, at) => valueAt(at)) };
}

function rateAt(points: readonly Sample[], at: number, figure: (of: Sample) => number | undefined): number | null {
  const [now, before] = [points[at], points[earlier(points, at, RATE_MS)]];
  if (now === undefined || before === undefined || now === before) return null;
  const [last, first] = [figure(now), figure(before)];
  const seconds = (now.elapsedMs - before.elapsedMs) / 1_000;
  return last === undefined || first === undefined || seconds <= 0 ? null : Math.max(0, last - first) / seconds;
}

/** The newest point that is `ms` older, or else the oldest there is. */
function earlier(points: readonly Sample[], at: number, ms: number): number {
  const before = (points[at]?.elapsedMs ?? 0) - ms;
  let found = at;
  while (found > 0 && (points[found]?.elapsedMs ?? 0) > before) found -= 1;
  return found;
}

/** The agent's wall clock may be set; how long ago something was, it tells by another. */
function within(points: readonly Sample[], { atMs, elapsedMs, spanMs }: Range, lines: readonly Line[]): Lines {
  const from = points.findIndex((point) => point.elapsedMs >= elapsedMs - spanMs);
  if (from < 0) return { times: [], lines: lines.map((line) => ({ ...line, values: [] })) };
  return {
    times: points.slice(from).map((point) => (atMs - (elapsedMs - point.elapsedMs)) / 1_000),
    lines: lines.map((line) => ({ ...line, values: line.values.slice(from) })),
  };
}
