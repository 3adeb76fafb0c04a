/** The second and third step of a lane: leaves out what its `when` excludes and makes documents of the rest. */
import { logIds } from '../log-ids.ts';
import type { Renderer } from '../normalize/renderer.ts';
import type { When } from '../normalize/when.ts';
import { type Held, isFirst, type Rendered } from './held.ts';
import type { Dead } from './settle.ts';
import type { LaneState } from './state.ts';

type FilterState = Pick<LaneState, 'name' | 'runtime' | 'letters' | 'progress' | 'replays' | 'tally'>;

/** Excluded events are settled at once. A filter that fails lets the event pass: better too much than too little. */
export async function* filterEntries(
  portions: AsyncIterable<readonly Held[]>,
  when: When | undefined,
  { name, runtime, letters, progress, replays, tally }: FilterState,
): AsyncGenerator<readonly Held[]> {
  for await (const portion of portions) {
    if (when === undefined) {
      yield portion;
      continue;
    }
    const passed: Held[] = [];
    const excluded: Held[] = [];
    for (const held of portion) {
      const verdict = when(held.entry);
      if (verdict === 'error') tally.filterErrors += 1;
      (verdict === 'exclude' ? excluded : passed).push(held);
    }
    tally.excluded += excluded.length;
    if (excluded.length > 0) {
      const ids = logIds(() => excluded.map(({ entry }) => entry.id));
      runtime.log('debug', 'EVENTS_FILTERED', `${name}: when leaves events out`, { lane: name, ids });
    }
    progress.settle(excluded, 'excluded.when');
    replays.settle(excluded, 'excluded.when');
    await letters.settled(excluded, 'excluded.when');
    yield passed;
  }
}

type RenderState = Pick<LaneState, 'shape' | 'limits' | 'progress' | 'letters' | 'replays' | 'tally'>;

/** Documents of a size that the sink takes, within the reach, so that they may be sent. */
export async function* renderEntries(
  portions: AsyncIterable<readonly Held[]>,
  render: Renderer,
  { shape, limits, progress, letters, replays, tally }: RenderState,
): AsyncGenerator<readonly Rendered[]> {
  const maxEventBytes = Math.min(limits.maxEventBytes, limits.maxBytes);
  for await (const portion of portions) {
    const rendered = portion.map((held): Rendered => ({ ...held, envelope: render(held.entry, shape) }));
    const oversized = rendered.filter(({ envelope }) => envelope.bytes > maxEventBytes);
    if (oversized.length > 0) {
      await letters.bury(oversized.map((item) => deadForSize(item, maxEventBytes)));
      tally.deadLettered += oversized.filter(isFirst).length;
      progress.settle(oversized, 'dead_lettered');
      replays.settle(oversized, 'dead_lettered');
    }
    const sendable = rendered.filter(({ envelope }) => envelope.bytes <= maxEventBytes);
    const last = sendable.at(-1);
    if (last !== undefined) await progress.cover(last);
    yield sendable;
  }
}

function deadForSize(item: Rendered, maxEventBytes: number): Dead {
  const reason = `the document has ${item.envelope.bytes} bytes and the sink takes ${maxEventBytes} at most`;
  return { item, kind: 'too_large', reason, attempts: 0 };
}
