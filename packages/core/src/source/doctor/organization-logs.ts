/** The doctor's way through the older dialect, from its first page on: no window and no tenant, but an `order`. */
import type { Check } from '@audit-relay/sink';
import type { Probed } from './asker.ts';
import { type Examination, FEW_EVENTS } from './audit-logs.ts';
import { faultCheck } from './fault-check.ts';
import { cursorFinding, eventsCheck, orderCheck } from './list-checks.ts';

/** @throws the signal's reason when it fires first. */
export async function* examineLogs({ feed, first, isFiltered, asker, signal }: Examination): AsyncGenerator<Check> {
  yield eventsCheck(first, isFiltered);
  if (first.events.length === 0) return;
  const next =
    first.hasMore && first.cursor !== undefined
      ? await asker.ask({ feed, limit: FEW_EVENTS, order: 'desc', after: first.cursor }, signal)
      : undefined;
  yield cursorFinding(first, next).check;
  yield orderFinding(first.hasMore, [first, await asker.ask({ feed, limit: FEW_EVENTS, order: 'asc' }, signal)]);
}

/** The relay reads the past from its oldest event on, which a server that ignores `order` does not give. */
function orderFinding(hasMore: boolean, [desc, asc]: readonly [desc: Probed, asc: Probed]): Check {
  if (asc.kind === 'fault') return faultCheck('order', asc.fault);
  if (desc.kind === 'fault') return faultCheck('order', desc.fault);
  const { detail } = orderCheck(desc.events);
  if (hasMore && desc.events[0]?.id === asc.events[0]?.id) {
    const fix = 'check that base_url is the API and no proxy drops parameters: the relay refuses such a server';
    return { name: 'order', verdict: 'fail', detail: `\`order\` has no effect: ${detail} either way`, fix };
  }
  return { name: 'order', verdict: 'ok', detail: hasMore ? 'obeyed' : 'cannot tell: the whole list is on one page' };
}
