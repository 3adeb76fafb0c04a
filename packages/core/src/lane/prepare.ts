/**
 * The second step of a lane: leaves out what its `when` excludes, makes documents of the rest, and has the reach
 * on disk before any of them may be sent.
 */
import { logIds } from '../log-ids.ts';
import type { EntryRenderer } from '../normalize/shared-renderings.ts';
import type { When } from '../normalize/when.ts';
import { type Held, isFirst } from './held.ts';
import { Rendered } from './rendered.ts';
import type { Dead } from './settle.ts';
import type { LaneState } from './state.ts';

export interface Preparation {
  /** Absent: every event passes. */
  readonly when: When | undefined;
  readonly render: EntryRenderer;
  /** Of an entry that waited to be sent once more. */
  readonly renderAgain: EntryRenderer;
}

/** What a portion becomes. */
interface Prepared {
  readonly sendable: readonly Rendered[];
  readonly excluded: readonly Held[];
  readonly oversized: readonly Rendered[];
}

type PrepareState = Pick<
  LaneState,
  'name' | 'runtime' | 'limits' | 'progress' | 'deadLetterQueue' | 'replays' | 'tally'
>;

/** Documents of a size that the sink takes, within the reach, so that they may be sent. Excluded events are settled at once. */
export async function* prepareEntries(
  portions: AsyncIterable<readonly Held[]>,
  preparation: Preparation,
  { name, runtime, limits, progress, deadLetterQueue, replays, tally }: PrepareState,
): AsyncGenerator<readonly Rendered[]> {
  const maxEventBytes = Math.min(limits.maxEventBytes, limits.maxBytes);
  for await (const portion of portions) {
    const { sendable, excluded, oversized } = prepare(portion, { ...preparation, maxEventBytes, tally });
    if (excluded.length > 0) {
      tally.excluded += excluded.length;
      const ids = logIds(() => excluded.map(({ entry }) => entry.id));
      runtime.log('debug', 'EVENTS_FILTERED', `${name}: when leaves events out`, { lane: name, ids });
      progress.settle(excluded, 'excluded.when');
      replays.settle(excluded, 'excluded.when');
      await deadLetterQueue.settled(excluded, 'excluded.when');
    }
    if (oversized.length > 0) {
      await deadLetterQueue.add(oversized.map((item) => deadForSize(item, maxEventBytes)));
      tally.deadLettered += oversized.filter(isFirst).length;
      progress.settle(oversized, 'dead_lettered');
      replays.settle(oversized, 'dead_lettered');
    }
    const last = sendable.at(-1);
    if (last !== undefined) await progress.cover(last);
    yield sendable;
  }
}

/** Each is filtered and rendered at once, so that it is read once. A filter that fails lets the event pass: better too much than too little. */
function prepare(
  portion: readonly Held[],
  {
    when,
    render,
    renderAgain,
    maxEventBytes,
    tally,
  }: Preparation & Pick<LaneState, 'tally'> & { readonly maxEventBytes: number },
): Prepared {
  const sendable: Rendered[] = [];
  const excluded: Held[] = [];
  const oversized: Rendered[] = [];
  for (const held of portion) {
    const verdict = when === undefined ? 'pass' : when(held.entry);
    if (verdict === 'error') tally.filterErrors += 1;
    if (verdict === 'exclude') {
      excluded.push(held);
      continue;
    }
    const envelope = render(held.entry);
    (envelope.bytes > maxEventBytes ? oversized : sendable).push(new Rendered(held, envelope, renderAgain));
  }
  return { sendable, excluded, oversized };
}

function deadForSize(item: Rendered, maxEventBytes: number): Dead {
  const reason = `the document has ${item.envelope.bytes} bytes and the sink takes ${maxEventBytes} at most`;
  return { item, kind: 'too_large', reason, attempts: 0 };
}
