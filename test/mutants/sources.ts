/** Deliberate bugs between the API and the journal. */
import type { Mutant } from './mutant.ts';

const WALK_END = 'source/window/walk-end.test.ts';
const PARTS = 'source/parts-of-windows.test.ts';
const SHARED = 'source/shared-memory.test.ts';
const RECORD = 'source/window/record.test.ts';

export const SOURCES: readonly Mutant[] = [
  {
    name: 'a window counts as read past the time of its answer',
    file: 'source/coverage/transitions.ts',
    from: 'to: Math.min(window.to, serverSeconds - 1) };',
    to: 'to: window.to };',
    tests: ['source/coverage/transitions.test.ts'],
  },
  {
    name: 'the second that is still filling counts as read',
    file: 'source/coverage/transitions.ts',
    from: 'to: Math.min(window.to, serverSeconds - 1) };',
    to: 'to: Math.min(window.to, serverSeconds + 1) };',
    tests: ['source/coverage/transitions.test.ts'],
  },
  {
    name: 'ids are given up at the end of the scan and not at the sweep before it',
    file: 'source/coverage/transitions.ts',
    from: 'Math.min(scan.beganSeconds - scan.sweepSeconds, scan.inFlightFrom)',
    to: 'scan.beganSeconds',
    tests: ['source/coverage/transitions.test.ts', 'source/lookback-scans.test.ts'],
  },
  {
    name: 'what a scan could not read is forgotten',
    file: 'source/coverage/transitions.ts',
    from: 'scan.unread.reduce(withGap, { ...current, passes })',
    to: '{ ...current, passes }',
    tests: ['source/coverage/transitions.test.ts', 'source/large-pages.test.ts'],
  },
  {
    name: 'a poll looks back no further than where the last one ended',
    file: 'source/coverage/lookback.ts',
    from: 'Math.max(resumes ? edge : near, checkpoint.startSeconds',
    to: 'Math.max(edge, checkpoint.startSeconds',
    tests: ['source/lookback.test.ts'],
  },
  {
    name: 'a scan looks back from now and not from where the last one began',
    file: 'source/coverage/lookback.ts',
    from: 'const last = checkpoint.passes[lookback] ?? checkpoint.startSeconds;\n  const from = Math.max(last - at.widths[lookback]',
    to: 'const last = at.nowSeconds;\n  const from = Math.max(last - at.widths[lookback]',
    tests: ['source/lookback.test.ts'],
  },
  {
    name: 'there is no sweep',
    file: 'source/loops/lookback-scans.ts',
    from: "const LOOKBACKS: readonly Lookback[] = ['overlap', 'sweep'];",
    to: "const LOOKBACKS: readonly Lookback[] = ['overlap'];",
    tests: ['source/lookback.test.ts', 'source/faults.test.ts', 'source/model.test.ts'],
  },
  {
    name: 'a full page that says that it is the last is believed',
    file: 'source/window/walk.ts',
    from: "return hasMore || isFull ? this.#further(answer, items) : 'end';",
    to: "return hasMore ? this.#further(answer, items) : 'end';",
    tests: [WALK_END, 'source/window/walk.test.ts'],
  },
  {
    name: 'a list that a forgotten cursor cuts short has ended',
    file: 'source/window/list-end.ts',
    from: "if (otherSide === 'nothing') return 'forgotten';",
    to: "if (otherSide === 'nothing') return 'end';",
    tests: [WALK_END],
  },
  {
    name: 'a walk that is too long for memory ends where it is',
    file: 'source/window/walk.ts',
    from: "if (isLong && !this.#isSingle) return 'larger';",
    to: "if (isLong && !this.#isSingle) return 'end';",
    tests: ['source/window/walk.test.ts', 'source/source.test.ts'],
  },
  {
    name: 'a record without a time is no event',
    file: 'source/window/record.ts',
    from: "  if (id === undefined) return odd(raw, 'the record has no id', receivedMs);\n",
    to: "  if (id === undefined || timeIn(value['effective_at']) === undefined)\n    return odd(raw, 'the record has no id', receivedMs);\n",
    tests: [RECORD, 'source/source.test.ts', 'source/faults.test.ts', 'source/api/page.test.ts'],
  },
  {
    name: 'a window of which a part is journaled counts as read',
    file: 'source/window/commit.ts',
    from: 'read.isWhole ? windowDone(current, done) : windowBegun(current, done)',
    to: 'windowDone(current, done)',
    tests: [
      'source/window/commit.test.ts',
      PARTS,
      'source/model.test.ts',
      'source/large-pages.test.ts',
      'source/source.test.ts',
    ],
  },
  {
    name: 'a part of a window is journaled and its ids are not pinned',
    file: 'source/coverage/transitions.ts',
    from: "return { ...withList(current, 'halfRead', halfRead), sawEvent: true };",
    to: 'return { ...current, sawEvent: true };',
    tests: [PARTS],
  },
  {
    name: 'what is half read is forgotten with all that is older than a sweep',
    file: 'journal/checkpoint.ts',
    from: 'Math.min(needed ?? Number.NEGATIVE_INFINITY, ...halfRead.map(({ from }) => from))',
    to: 'Math.min(needed ?? Number.NEGATIVE_INFINITY)',
    tests: [PARTS],
  },
  {
    name: 'a window lets go at its end what its end has not called read',
    file: 'source/coverage/transitions.ts',
    from: '{ from: window.from, to: read.to })',
    to: 'window)',
    tests: ['source/coverage/transitions.test.ts'],
  },
  {
    name: 'what a window shows is journaled before it is known whose it is',
    file: 'source/window/walk.ts',
    from: 'isPage(answer) ? await this.#options.vet?.(this.#options.itemsOf(answer)) : undefined',
    to: 'undefined',
    tests: [PARTS],
  },
  {
    name: 'ids are no longer held of a second that is half read, for events that no commit calls read',
    file: 'source/coverage/transitions.ts',
    from: 'return second >= idsNeededFrom || halfRead.some',
    to: 'return second >= idsNeededFrom && halfRead.some',
    tests: ['source/coverage/transitions.test.ts', 'source/window/commit.test.ts'],
  },
  {
    name: 'a page takes memory when it is there and not before it is asked for',
    file: 'source/api/feed-api.ts',
    from: 'const bytes = HELD_PER_BYTE * this.#sizes.expected(purpose, limit);',
    to: 'const bytes = 0 * this.#sizes.expected(purpose, limit);',
    tests: [SHARED],
  },
  {
    name: 'each source has memory of its own',
    file: 'source/source.ts',
    from: 'config.requests_per_second, budget)',
    to: 'config.requests_per_second)',
    tests: [SHARED],
  },
  {
    name: 'what is wanted once more takes along what a server lists beside it',
    file: 'source/window/commit.ts',
    from: 'again ? isOdd : strays(journal.checkpoint)',
    to: 'strays(journal.checkpoint)',
    tests: ['source/window/commit.test.ts'],
  },
];
