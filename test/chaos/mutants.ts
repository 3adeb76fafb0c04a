/** Deliberate bugs in the built core, as its text stands in `dist`: a harness that does not see them shows nothing. */

import { AIMED } from './aimed.ts';
import type { Schedule } from './schedule.ts';

export interface BuiltMutant {
  readonly name: string;
  /** Relative to `packages/core/dist`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Before those of seeds. */
  readonly aim?: Schedule;
}

export const BUILT_MUTANTS: readonly BuiltMutant[] = [
  {
    name: 'the cursor passes what was only sent',
    file: 'lane/settle/settler.js',
    from: "await this.settle(acked, 'acked');",
    to: "await this.settle([...acked, ...outcome.again.flatMap(({ items }) => items)], 'acked');",
  },
  {
    name: 'what a partial answer leaves over is dropped',
    file: 'lane/settle/outcome.js',
    from: 'again: outcomes.flatMap(({ again }) => again ?? [])',
    to: 'again: (acked.length > 0 ? [] : outcomes.flatMap(({ again }) => again ?? []))',
    aim: AIMED.partialAnswers,
  },
  {
    name: 'of a partial answer what failed counts as taken',
    file: 'lane/settle/outcome.js',
    from: 'part.items.filter((_, index) => !failures.has(index))',
    to: 'part.items.filter((_, index) => index >= 0 || !failures.has(index))',
  },
  {
    name: 'the second half of a batch that is too large is dropped',
    file: 'lane/settle/outcome.js',
    from: '{ ...part, items: part.items.slice(middle), waitMs: 0 },',
    to: '',
  },
  {
    name: 'a range past a gap moves the cursor across the gap',
    file: 'lane/settle/cursor.js',
    from: 'if (first?.first !== this.#next)',
    to: 'if (first === undefined)',
  },
  {
    name: 'the checkpoint is committed and the entries are not',
    file: 'journal/source-journal.js',
    from: 'this.#append(chunk);',
    to: 'void chunk;',
  },
  {
    name: 'the entries are committed and the checkpoint is not',
    file: 'journal/source-journal.js',
    from: 'store.checkpoints.put([this.#name, feed], checkpoint);',
    to: '',
    aim: AIMED.startKept,
  },
  {
    name: 'ids are not remembered',
    file: 'journal/source-journal.js',
    from: 'seen.remember(this.#name, first, fresh);',
    to: '',
    aim: AIMED.readAgain,
  },
  {
    name: 'what may be stored goes again without the mark of a replay',
    file: 'lane/settle/outcome.js',
    from: "replay: part.replay || failure.why === 'unanswered'",
    to: 'replay: part.replay',
    aim: AIMED.rollover,
  },
  {
    name: 'a saved cursor has the position of the start',
    file: 'journal/lane-journal.js',
    from: 'const position = cursor.position === undefined ? this.#start.position : numberOf(cursor.position);',
    to: 'const position = this.#start.position;',
    aim: AIMED.killAfterMany,
  },
  {
    name: 'after a start ten settled events go again',
    file: 'journal/lane-journal.js',
    from: 'this.#next = cursor.position + 1;',
    to: 'this.#next = Math.max(1, cursor.position - 9);',
    aim: AIMED.killAfterMany,
  },
  {
    name: 'the side file’s starts are not taken by a journal that is begun anew',
    file: 'journal/damage/begin-again.js',
    from: 'store.checkpoints.put([name, feed], checkpointOf(start));\n        }\n    }\n    for',
    to: 'checkpointOf(start);\n        }\n    }\n    for',
    aim: AIMED.startKept,
  },
];
