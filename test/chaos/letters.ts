/** Dead letters, held against what the peer refuses and what operators asked for: by id, and the counts of what became of them. */
import type { Account } from './account.ts';
import type { SinkName } from './schedule.ts';
import type { ChaosWorld } from './world.ts';

export interface Letters {
  readonly world: Pick<ChaosWorld, 'requests' | 'isSpoiled'> & { readonly parts: Pick<ChaosWorld['parts'], 'made'> };
  readonly account: Pick<Account, 'letters' | 'dropped' | 'retried'>;
  /** Ids at the peer. */
  readonly held: ReadonlySet<string>;
  /** Ids that it refuses, or did until it was healed. */
  readonly refused: readonly string[];
  /** Whether a rule leaves the event out. */
  readonly isExcused: (id: string) => boolean;
}

/** Exactly what the peer refuses, and was asked for, is a dead letter, each once, until it goes again or is dropped. */
export function wrongLetters(sink: SinkName, given: Letters): readonly string[] {
  const { world, account, held, refused, isExcused } = given;
  const letters = account.letters[sink];
  const isHealed = world.parts.made.isHealed(sink);
  const drops = world.requests.drops.filter((drop) => drop.sink === sink);
  const dropped = new Set(drops.flatMap(({ ids }) => ids));
  const innocent = letters.filter((id) => !refused.includes(id));
  const unburied = refused.filter(
    (id) => !letters.includes(id) && !isExcused(id) && !dropped.has(id) && !(isHealed && held.has(id)),
  );
  return [
    ...innocent.map((id) => `${id} is a dead letter, which nothing refused`),
    ...unburied.map((id) => `${id} was refused and is no dead letter`),
    ...(new Set(letters).size < letters.length ? ['a dead letter is there twice'] : []),
    ...(isHealed ? [] : refused.filter((id) => held.has(id)).map((id) => `${id} is held though it was refused`)),
    ...(world.isSpoiled ? [] : wrongCounts(sink, given)),
  ];
}

function wrongCounts(sink: SinkName, { world, account, held, refused }: Letters): readonly string[] {
  const drops = world.requests.drops.filter((drop) => drop.sink === sink);
  const sure = drops.reduce((sum, { changed = 0 }) => sum + changed, 0);
  const most = drops.reduce((sum, { changed, ids }) => sum + (changed ?? ids.length), 0);
  const { dropped, retried } = { dropped: account.dropped[sink], retried: account.retried[sink] };
  const mayRetry = world.requests.retried.has(sink) ? refused.filter((id) => held.has(id)).length : 0;
  return [
    ...(dropped < sure || dropped > most ? [`${dropped} count as dropped, of ${sure} to ${most} asked for`] : []),
    ...(retried > mayRetry ? [`${retried} dead letters count as gone again, and ${mayRetry} may have`] : []),
  ];
}
