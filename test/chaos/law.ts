/** The law's five numbers of one lane, each held against the harness's own, as the verdict of a schedule has them. */
import type { RelayStatus } from '@audit-relay/core';

/** As the journal tells it. */
export type Law = NonNullable<RelayStatus['journal']['lanes'][string]['law']>;

export interface Own {
  /** In the journal. */
  readonly entries: number;
  /** Dead letters that ever were, whatever has become of them; undefined: nobody can tell from outside. */
  readonly dead: number | undefined;
  /** Events at the peer, each once. */
  readonly held: number;
  /** How many events each rule may leave out at most, over all lives; a rule that is not there leaves out none. */
  readonly mayExclude: Readonly<Record<string, number>>;
}

/** What is wrong, one sentence each. No number is taken as the remainder of the others. */
export function wrongLaw(law: Law | undefined, own: Own): readonly string[] {
  if (law === undefined) return ['no law is told'];
  const { journaled, acked, deadLettered, held } = law;
  const { dead = deadLettered } = own;
  const told = JSON.stringify(law);
  const excluded = Object.values(law.excluded).reduce((sum, count) => sum + count, 0);
  // Where no rule leaves anything out, whatever was journaled is at the peer or a dead letter.
  const isAll = Object.values(own.mayExclude).every((count) => count === 0);
  return [
    ...(journaled === acked + deadLettered + excluded + held ? [] : [`the law is broken: ${told}`]),
    ...(journaled === own.entries ? [] : [`${own.entries} entries, and ${told}`]),
    ...(held === 0 ? [] : [`held after all is delivered: ${told}`]),
    ...(isAllThere(law) ? [] : [`something left without being delivered: ${told}`]),
    ...(deadLettered === dead ? [] : [`${dead} dead letters, and ${told}`]),
    ...beyondRules(law, own).map((text) => `${text}, and ${told}`),
    ...(isAll && acked !== own.entries - dead ? [`${own.entries - dead} were to be acked, and ${told}`] : []),
    // What a crash left unsaved may have been delivered before it was excluded, and never the other way.
    ...(acked <= own.held ? [] : [`the peer holds ${own.held} events, and ${told}`]),
  ];
}

function beyondRules({ excluded }: Law, { mayExclude }: Own): readonly string[] {
  return Object.entries(excluded).flatMap(([rule, count]) => {
    const most = mayExclude[rule] ?? 0;
    return count > most ? [`${rule} may leave out ${most}`] : [];
  });
}

function isAllThere({ gone = 0, unreadable = 0 }: Law): boolean {
  return gone + unreadable === 0;
}
