/** Between reading and preparing: of a lane that starts from a time, what happened before is not its own. */

import type { Tally } from '../health/tally.ts';
import type { Held } from '../held.ts';
import { START_FROM } from '../send/exclusions.ts';
import type { Settler } from '../settle/settler.ts';

/** It is settled at once. Of retries and replays nothing comes by here: who asks for an event by name means it. */
export async function* withoutEarlier(
  portions: AsyncIterable<readonly Held[]>,
  fromMs: number,
  { settler, tally }: { readonly settler: Settler; readonly tally: Tally },
): AsyncGenerator<readonly Held[]> {
  for await (const portion of portions) {
    const earlier = portion.filter(({ entry }) => entry.timeMs < fromMs);
    if (earlier.length > 0) {
      tally.excludedByRule[START_FROM] = (tally.excludedByRule[START_FROM] ?? 0) + earlier.length;
      await settler.settle(earlier, `excluded.${START_FROM}`);
    }
    yield earlier.length === 0 ? portion : portion.filter(({ entry }) => entry.timeMs >= fromMs);
  }
}
