/** `audit-relay status --watch`: a picture on a terminal, a block of lines elsewhere, again and again until a signal ends it. */

import { setTimeout } from 'node:timers/promises';
import { EXIT, type ProcessIO, type ScreenStream } from '../process-io.ts';
import { systemRuntime } from '../runtime.ts';
import type { StatusLook } from '../status/agent-look.ts';
import { statusText } from '../status/text.ts';
import { stopSignal } from '../stopping.ts';
import { frameLines } from './frame.ts';
import { History } from './history.ts';
import { isUnicodeLocale, paintOf } from './paint.ts';
import { openScreen } from './screen.ts';

export interface WatchOptions {
  look(): Promise<StatusLook>;
  /** A line of JSON for each look, whatever stdout is. */
  readonly json: boolean;
  readonly intervalMs: number;
}

/** Resolves with the exit code, once a signal has come or nobody reads any more. @throws what the first look does */
export async function watchStatus(options: WatchOptions, io: ProcessIO): Promise<number> {
  // The first look finds what is wrong with the question.
  const first = await options.look();
  const stop = stopSignal(() => undefined);
  const stream = options.json ? undefined : io.screen?.();
  try {
    if (stream === undefined) await printEach(first, { ...options, signal: stop.signal }, io);
    else await drawEach(first, { ...options, signal: stop.signal }, { stream, env: io.env });
  } finally {
    stop.release();
  }
  return EXIT.done;
}

type Watching = WatchOptions & { readonly signal: AbortSignal };

async function printEach(first: StatusLook, watching: Watching, io: ProcessIO): Promise<void> {
  for await (const { view } of looks(first, watching)) {
    const at = new Date(now()).toISOString();
    io.out(watching.json ? `${JSON.stringify({ at, ...view })}\n` : `at       ${at}\n${statusText(view)}\n`);
    if (!(await io.flushed())) return;
  }
}

async function drawEach(
  first: StatusLook,
  watching: Watching,
  { stream, env }: { readonly stream: ScreenStream; readonly env: ProcessIO['env'] },
): Promise<void> {
  const paint = paintOf({ hasColors: stream.hasColors?.() ?? false, isUnicode: isUnicodeLocale(env) });
  const history = new History();
  const screen = openScreen(stream);
  let last = first;
  const draw = (): void =>
    screen.draw(frameLines({ view: last.view, history, size: screen.size(), paint, nowMs: now() }));
  try {
    screen.onResize(draw);
    for await (const look of looks(first, watching)) {
      last = look;
      history.add(look.live, elapsedMs());
      draw();
    }
  } finally {
    screen.end();
  }
}

/** The first, and one after each interval until the signal; a look that fails is tried again, with the last one standing. */
async function* looks(first: StatusLook, { look, intervalMs, signal }: Watching): AsyncGenerator<StatusLook> {
  let last = first;
  while (!signal.aborted) {
    yield last;
    await setTimeout(intervalMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) last = await look().catch(() => last);
  }
}

const { now, elapsedMs } = systemRuntime(() => undefined);
