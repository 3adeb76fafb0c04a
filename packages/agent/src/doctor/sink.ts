/** What the doctor says of a sink: its own checks, and what becomes of a test event. A plugin that throws, hangs or answers nonsense is a finding too. */
import type { SinkOptions } from '@audit-relay/core';
import type { Check, Sink, SinkContext } from '@audit-relay/sink';
import { withinLimit } from '../within-limit.ts';
import { failure } from './finding.ts';
import { deliver, NOT_SENT, type TestEvent } from './test-event.ts';

/** Longest time to close, in milliseconds; a relay gives a sink as much. */
const CLOSE_MS = 5_000;
const AUTHOR = 'look at the address and the network; if both are well, report it to the sink’s author';

export interface SinkExamination {
  readonly context: SinkContext;
  /** How long opening and checking may take together, in milliseconds. */
  readonly limitMs: number;
  /** To be delivered, for which there is as much time again. */
  readonly event: TestEvent | undefined;
}

/** Never rejects. */
export async function sinkChecks(
  options: SinkOptions,
  { context, limitMs, event }: SinkExamination,
): Promise<readonly Check[]> {
  const { plugin, config } = options;
  let opening: Promise<Sink> | undefined;
  let opened: Sink | undefined;
  try {
    const checks = await withinLimit(limitMs, async (signal) => {
      opening = plugin.open(config, context);
      opened = await opening;
      return opened.check(signal);
    });
    const found = checks.length === 0 ? [UNCHECKED] : checks;
    const sent = event === undefined ? [] : [await sendChecks(event, found)];
    return [...found, ...sent, ...(await closeChecks(opened))];
  } catch (error) {
    // What opens after all is let go again; by then nobody listens to how that goes.
    if (opened === undefined)
      void Promise.resolve(opening)
        .then((sink) => sink?.close())
        .catch(() => undefined);
    const found = failure(error, AUTHOR);
    const name = found.name === 'error' ? (opened === undefined ? 'open' : 'check') : found.name;
    return [{ ...found, name }, ...(await closeChecks(opened))];
  }

  async function sendChecks(event: TestEvent, found: readonly Check[]): Promise<Check> {
    if (opened === undefined || found.some(({ verdict }) => verdict === 'fail')) return NOT_SENT;
    return deliver(event, { sink: opened, options, context, limitMs });
  }
}

const UNCHECKED: Check = { name: 'open', verdict: 'ok', detail: 'it opens, and has no checks of its own' };

/** Nothing when it closes as it should. */
async function closeChecks(sink: Sink | undefined): Promise<readonly Check[]> {
  try {
    await withinLimit(CLOSE_MS, async () => sink?.close());
    return [];
  } catch (error) {
    return [{ ...failure(error, 'report it to the sink’s author'), name: 'close', verdict: 'warn' }];
  }
}
