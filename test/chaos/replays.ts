/** Replays that were asked for, held against what came to the peer after it: each that was settled by then comes once more. */
import type { Account } from './account.ts';
import type { PastLife } from './copies.ts';
import { excuses, type LeavingLife, type LeftOutEvent } from './left-out.ts';
import type { AskedReplay } from './requests.ts';
import type { SinkName } from './schedule.ts';
import type { ChaosWorld } from './world.ts';

export interface ReplayCase {
  readonly world: ChaosWorld;
  readonly account: Pick<Account, 'replays' | 'replayed'>;
  readonly asked: ReadonlyMap<string, LeftOutEvent>;
  readonly lives: readonly (PastLife & LeavingLife)[];
}

export function wrongReplays(sink: SinkName, given: ReplayCase): readonly string[] {
  const { world, account } = given;
  // A new journal knows of no replay.
  if (world.isSpoiled) return [];
  const replays = world.requests.replays.filter((replay) => replay.sink === sink);
  const progress = wrongProgress(account.replays[sink], replays);
  // Elasticsearch leaves what it has as it is.
  return sink === 'elastic' ? progress : [...progress, ...wrongCopies(sink, replays, given)];
}

/** What is told of the last one. */
function wrongProgress(
  last: Account['replays'][string] | undefined,
  replays: readonly AskedReplay[],
): readonly string[] {
  if (last === undefined) {
    return replays.some(({ isTaken }) => isTaken) ? ['no word of a replay that was taken'] : [];
  }
  return [
    ...(replays.length === 0 ? ['a replay is told that nobody asked for'] : []),
    ...(last.endedMs === undefined ? ['a replay is under way after all is delivered'] : []),
    ...(last.left > 0 ? [`${last.left} entries had left before a replay came to them`] : []),
  ];
}

function wrongCopies(sink: SinkName, [first]: readonly AskedReplay[], given: ReplayCase): readonly string[] {
  const { acked = 0 } = given.account.replayed[sink] ?? {};
  const { list } = given.world.parts.peers[sink].deliveries;
  const copies = list.length - new Set(list.map(({ id }) => id)).size;
  const isWhole = first?.isTaken === true && !first.isStopped;
  return [
    ...(acked > copies ? [`${acked} of replays count as acked, and ${copies} copies are there`] : []),
    ...(isWhole ? skipped(sink, first, given).map((id) => `${id} was to be replayed, and did not come`) : []),
  ];
}

/** Delivered, and known to be, in a life before the one in which it was asked. Of further replays it is not known where the first stood. */
function skipped(sink: SinkName, replay: AskedReplay, { world, asked, lives }: ReplayCase): readonly string[] {
  const { list } = world.parts.peers[sink].deliveries;
  const open = lives.slice(0, replay.life).map(({ atRisk }) => atRisk.get(sink));
  const settled = new Set(
    list.filter(({ life, id }) => life < replay.life && !open.some((ids) => ids?.has(id))).map(({ id }) => id),
  );
  const again = new Set(list.filter(({ atMs }) => atMs >= replay.askedMs).map(({ id }) => id));
  const isCovered = (event: LeftOutEvent): boolean => event.atMs >= replay.fromMs && event.atMs < replay.toMs;
  return [...settled].filter((id) => {
    const event = asked.get(id);
    if (event === undefined || again.has(id) || !isCovered(event)) return false;
    if (world.parts.made.poisonOf(sink).includes(id)) return false;
    return excuses(sink, event, lives.slice(replay.life)).size === 0;
  });
}
