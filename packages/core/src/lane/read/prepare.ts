/**
 * The second step of a lane: leaves out what its `when` excludes, makes documents of the rest, and has the reach
 * on disk before any of them may be sent.
 */
import { logIds } from '../../log-ids.ts';
import type { EntryRenderer } from '../../normalize/shared-renderings.ts';
import type { When } from '../../normalize/when.ts';
import type { Runtime } from '../../runtime.ts';
import type { Tally } from '../health/tally.ts';
import type { Held } from '../held.ts';
import type { Dead } from '../settle/outcome.ts';
import type { Progress } from '../settle/progress.ts';
import type { Settler } from '../settle/settler.ts';
import { Rendered } from './rendered.ts';

export interface Preparation {
  /** The lane's. */
  readonly name: string;
  /** Absent: every event passes. */
  readonly when: When | undefined;
  readonly render: EntryRenderer;
  /** Of an entry that waited to be sent once more. */
  readonly renderAgain: EntryRenderer;
  /** The most that one document may have. */
  readonly maxEventBytes: number;
  readonly progress: Pick<Progress, 'cover'>;
  readonly settler: Settler;
  readonly tally: Tally;
  readonly runtime: Pick<Runtime, 'log'>;
}

/** What a portion becomes. */
interface Prepared {
  readonly sendable: readonly Rendered[];
  readonly excluded: readonly Held[];
  readonly oversized: readonly Rendered[];
}

/** Documents of a size that the sink takes, within the reach, so that they may be sent. Excluded events are settled at once. */
export async function* prepareEntries(
  portions: AsyncIterable<readonly Held[]>,
  preparation: Preparation,
): AsyncGenerator<readonly Rendered[]> {
  const { name, maxEventBytes, progress, settler, tally, runtime } = preparation;
  for await (const portion of portions) {
    const { sendable, excluded, oversized } = prepare(portion, preparation);
    if (excluded.length > 0) {
      tally.excluded += excluded.length;
      const ids = logIds(() => excluded.map(({ entry }) => entry.id));
      runtime.log('debug', 'EVENTS_FILTERED', `${name}: when leaves events out`, { lane: name, ids });
      await settler.settle(excluded, 'excluded.when');
    }
    if (oversized.length > 0) {
      await settler.deadLetter(oversized.map((item) => deadForSize(item, maxEventBytes)));
    }
    const last = sendable.at(-1);
    if (last !== undefined) await progress.cover(last);
    yield sendable;
  }
}

/** Each is filtered and rendered at once, so that it is read once. A filter that fails lets the event pass: better too much than too little. */
function prepare(portion: readonly Held[], { when, render, renderAgain, maxEventBytes, tally }: Preparation): Prepared {
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
