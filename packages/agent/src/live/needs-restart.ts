/** What of a configuration cannot change under a running agent. */
import { isDeepStrictEqual } from 'node:util';
import { isEmbedded } from '../config/journal.ts';
import type { FixedParts } from '../config/read.ts';

type Fixed = Pick<FixedParts, 'source_memory' | 'journal' | 'http' | 'log'>;

/** The keys that differ: memory is shared out, the journal is open, the port is bound, the log has its form. All else can change. */
export function restartKeys(now: Fixed, next: Fixed): readonly string[] {
  const fixed: readonly [name: string, now: object, next: object][] = [
    ['', { source_memory: now.source_memory }, { source_memory: next.source_memory }],
    ['journal', keysOf(now.journal), keysOf(next.journal)],
    ['http', { listen: now.http.listen }, { listen: next.http.listen }],
    ['log', { format: now.log.format }, { format: next.log.format }],
  ];
  return fixed.flatMap(([name, before, after]) => {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    const differing = [...keys].filter((key) => !isDeepStrictEqual(Object(before)[key], Object(after)[key]));
    return differing.map((key) => (name === '' ? key : `${name}.${key}`));
  });
}

/** As they stand in the file. */
function keysOf(journal: Fixed['journal']): object {
  return isEmbedded(journal) ? journal : { type: journal.type, ...journal.keys };
}
