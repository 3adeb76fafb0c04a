/**
 * Deliberate bugs in the core, each of which loses, doubles or holds events for ever, and the tests that must catch it.
 * `npm run test:mutants` makes them one at a time in a copy of the sources; `mutants.test.ts` keeps the texts true.
 */

export interface Mutant {
  /** What goes wrong with it. */
  readonly name: string;
  /** Relative to `packages/core/src`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Relative to `packages/core/src`; the first that fails is enough. */
  readonly tests: readonly string[];
}

const LANE = 'lane/lane.test.ts';
const LANE_CURSOR = 'lane/lane-cursor.test.ts';
const LANE_RANDOM = 'lane/lane-random.test.ts';
const JOURNAL = 'journal/journal.test.ts';
const JOURNAL_MODEL = 'journal/model.test.ts';
const WALK_END = 'source/window/walk-end.test.ts';
const RECORD = 'source/window/record.test.ts';

const LANES: readonly Mutant[] = [
  {
    name: 'the cursor passes what was only sent',
    file: 'lane/deliver.ts',
    from: "progress.settle(acked, 'acked');",
    to: "progress.settle([...acked, ...again.flatMap(({ items }) => items)], 'acked');",
    tests: [LANE, LANE_RANDOM],
  },
  {
    name: 'the cursor passes a dead letter before it is on disk',
    file: 'lane/deliver.ts',
    from: '    await deadLetterQueue.add(dead);',
    to: '    deadLetterQueue.add(dead).catch(() => undefined);',
    tests: [LANE, 'lane/lane-cursor.test.ts', LANE_RANDOM],
  },
  {
    name: 'a rejected event leaves no dead letter',
    file: 'lane/dead-letter-queue.ts',
    from: 'for (const sequence of await deadLetters.add(letters)) ids',
    to: 'for (const sequence of letters.map((_, at) => at)) ids',
    tests: [LANE],
  },
  {
    name: 'of a partial answer what failed counts as taken',
    file: 'lane/settle.ts',
    from: 'part.items.filter((_, index) => !failures.has(index))',
    to: 'part.items.filter((_, index) => index >= 0 || !failures.has(index))',
    tests: [LANE, LANE_RANDOM],
  },
  {
    name: 'what a partial answer leaves over is dropped',
    file: 'lane/settle.ts',
    from: 'again: outcomes.flatMap(({ again }) => again ?? []).sort',
    to: 'again: (acked.length > 0 ? [] : outcomes.flatMap(({ again }) => again ?? [])).sort',
    tests: [LANE, LANE_RANDOM],
  },
  {
    name: 'counts of a partial answer that do not add up are believed',
    file: 'lane/settle.ts',
    from: '  if (answer.acked + failures.size === count) return failures;',
    to: '  if (answer.acked >= 0) return failures;',
    tests: [LANE, LANE_RANDOM],
  },
  {
    name: 'what may be stored goes again without the mark of a replay',
    file: 'lane/settle.ts',
    from: "replay: part.replay || failure.why === 'unanswered'",
    to: 'replay: part.replay',
    tests: [LANE, LANE_RANDOM],
  },
  {
    name: 'what a hung or broken sink had goes again without the mark of a replay',
    file: 'lane/settle.ts',
    from: 'again: retry({ ...part, replay: true }, failure, backoff)',
    to: 'again: retry(part, failure, backoff)',
    tests: [LANE, LANE_RANDOM],
  },
  {
    name: 'the second half of a batch that is too large is dropped',
    file: 'lane/settle.ts',
    from: '    { ...part, items: part.items.slice(middle), waitMs: 0 },\n',
    to: '',
    tests: [LANE, LANE_RANDOM],
  },
  {
    name: 'a batch that is refused as a whole is set aside as a whole',
    file: 'lane/settle.ts',
    from: 'if (part.items.length > 1 && !named)',
    to: 'if (part.items.length > 1_000_000 && !named)',
    tests: ['lane/lane-refusals.test.ts'],
  },
  {
    name: 'a blocked batch is forgotten',
    file: 'lane/settle.ts',
    from: '      return { again: [part] };',
    to: '      return {};',
    tests: [LANE, LANE_RANDOM],
  },
  {
    name: 'events are sent before the reach covers them',
    file: 'lane/prepare.ts',
    from: '    if (last !== undefined) await progress.cover(last);\n',
    to: '    if (last !== undefined) progress.cover(last).catch(() => undefined);\n',
    tests: [LANE_CURSOR, LANE_RANDOM],
  },
  {
    name: 'a document that is too large goes nowhere',
    file: 'lane/prepare.ts',
    from: '      await deadLetterQueue.add(oversized.map((item) => deadForSize(item, maxEventBytes)));\n',
    to: '',
    tests: ['lane/lane-promises.test.ts', 'lane/lane-waits.test.ts', LANE_RANDOM],
  },
  {
    name: 'a filter that fails leaves the event out',
    file: 'lane/prepare.ts',
    from: "if (verdict === 'exclude')",
    to: "if (verdict !== 'pass')",
    tests: ['lane/lane-promises.test.ts', 'lane/lane-waits.test.ts'],
  },
  {
    name: 'excluded events hold the cursor for ever',
    file: 'lane/prepare.ts',
    from: "    progress.settle(excluded, 'excluded.when');\n",
    to: '',
    tests: ['lane/lane-promises.test.ts', 'lane/lane-waits.test.ts', LANE_RANDOM],
  },
  {
    name: 'a batch holds what was sent before and what was not',
    file: 'lane/batcher.ts',
    from: '      first.replay === replay &&\n',
    to: '',
    tests: [
      'lane/lane-promises.test.ts',
      'lane/lane-waits.test.ts',
      'lane/lane-copies.test.ts',
      'lane/lane-cursor.test.ts',
    ],
  },
  {
    name: 'the last batch of a drain is dropped',
    file: 'lane/batcher.ts',
    from: 'if (open.size > 0) yield open.take();',
    to: 'if (open.size > 1_000_000) yield open.take();',
    tests: [LANE_CURSOR],
  },
  {
    name: 'a range past a gap moves the cursor across the gap',
    file: 'lane/cursor.ts',
    from: '    if (first?.first !== this.#next) return;',
    to: '    if (first === undefined) return;',
    tests: ['lane/cursor.test.ts'],
  },
  {
    name: 'a sink excludes by a rule that it has not told',
    file: 'lane/exclusions.ts',
    from: "failure.kind !== 'excluded' || this.#options.rules.has(failure.rule)",
    to: "failure.kind !== 'excluded' || failure.rule !== ''",
    tests: ['lane/lane-exclusions.test.ts'],
  },
  {
    name: 'an event that is excluded closes the breaker, as if the peer had answered',
    file: 'lane/settle.ts',
    from: "  if (acked === 0 && failures.every(isUnasked)) return 'unasked';\n",
    to: "  if (acked === 0 && failures.every(isUnasked)) return 'answered';\n",
    tests: ['lane/lane-exclusions.test.ts'],
  },
  {
    name: 'a dead letter goes again without the mark of a replay',
    file: 'lane/dead-letter-queue.ts',
    from: 'replay: true,\n          deadLetter: sequence,',
    to: 'replay: false,\n          deadLetter: sequence,',
    tests: ['lane/lane-dead-letters.test.ts'],
  },
  {
    name: 'dead letters that are refused again block their lane',
    file: 'lane/refusals.ts',
    from: '    if (part.items[0]?.deadLetter !== undefined) return settlement;\n',
    to: '',
    tests: ['lane/lane-dead-letters.test.ts'],
  },
];

const LETTERS = 'journal/dead-letters.test.ts';

const DEAD_LETTERS: readonly Mutant[] = [
  {
    name: 'a name of a dead letter is given twice',
    file: 'journal/dead-letter-store.ts',
    from: 'letters.next?.[lane] ?? newestOf(store, lane) + 1',
    to: 'newestOf(store, lane) + 1',
    tests: [LETTERS],
  },
  {
    name: 'a retry is forgotten by a close',
    file: 'journal/dead-letter-store.ts',
    from: '  if ((stateOf(store).letters?.retrying?.[lane] ?? 0) === 0) return [];\n',
    to: '  if (stateOf(store).next >= 0) return [];\n',
    tests: [LETTERS],
  },
  {
    name: 'a letter that comes back goes again by itself',
    file: 'journal/dead-letter-store.ts',
    from: 'const { retryMs, ...kept } = letter;',
    to: 'const { retryMs } = letter; const kept = letter;',
    tests: [LETTERS],
  },
  {
    name: 'a dropped record comes back when the API shows it again',
    file: 'journal/dead-letter-store.ts',
    from: 'store.malformedRecords.put([key.source, key.hash], { droppedMs });',
    to: 'store.malformedRecords.remove([key.source, key.hash]);',
    tests: [LETTERS],
  },
  {
    name: 'what became of entries in a range is lost when the cursor passes it',
    file: 'journal/settled.ts',
    from: '      counts = sum(counts, ofRange);\n',
    to: '',
    tests: ['journal/settled.test.ts'],
  },
];

const JOURNALS: readonly Mutant[] = [
  {
    name: 'the checkpoint is committed and the entries are not',
    file: 'journal/source-journal.ts',
    from: '    for (const chunk of chunks) this.#append(chunk);\n',
    to: '',
    tests: [JOURNAL],
  },
  {
    name: 'the entries are committed and the checkpoint is not',
    file: 'journal/source-journal.ts',
    from: '    store.checkpoints.put([this.#name, feed], checkpoint);\n',
    to: '',
    tests: [JOURNAL],
  },
  {
    name: 'ids are not remembered',
    file: 'journal/source-journal.ts',
    from: '    seen.remember(this.#name, first, fresh);\n',
    to: '',
    tests: [JOURNAL],
  },
  {
    name: 'records without an id are dropped',
    file: 'journal/source-journal.ts',
    from: '    this.#putMalformedRecords(malformedRecords);\n',
    to: '',
    tests: [JOURNAL],
  },
  {
    name: 'ids are forgotten while a feed still needs them',
    file: 'journal/source-journal.ts',
    from: '    seen.forget(this.#name, from, kept);',
    to: '    seen.forget(this.#name, from + 7200, kept);',
    tests: [JOURNAL, 'journal/seen-ids.test.ts', JOURNAL_MODEL],
  },
  {
    name: 'entries leave for new ones before every lane has passed them',
    file: 'journal/room.ts',
    from: '      if (key[0] > position + 1) return;\n',
    to: '',
    tests: ['journal/room.test.ts', JOURNAL_MODEL],
  },
  {
    name: 'a full journal takes no notice of its bound',
    file: 'journal/room.ts',
    from: '    if (fits || bytes === 0) return eviction;',
    to: '    if (fits || bytes >= 0) return eviction;',
    tests: ['journal/room.test.ts', JOURNAL_MODEL],
  },
  {
    name: 'after a start what was settled out of order goes out again',
    file: 'journal/lane-journal.ts',
    from: '        if (isSettled(this.#start, number)) continue;\n',
    to: '',
    tests: [JOURNAL, JOURNAL_MODEL],
  },
  {
    name: 'after a start what may have been sent has no mark of a replay',
    file: 'journal/lane-journal.ts',
    from: 'number <= this.#start.reach;',
    to: 'number < 0;',
    tests: [JOURNAL, JOURNAL_MODEL],
  },
  {
    name: 'a lane that joins its ranges skips what lies between them',
    file: 'journal/settled.ts',
    from: 'first <= before[1] + 1',
    to: 'first <= before[1] + 2',
    tests: ['journal/settled.test.ts', JOURNAL_MODEL],
  },
  {
    name: 'a new lane begins after the newest entry though it asks for the oldest',
    file: 'journal/configure.ts',
    from: 'isFromNow ? state.next - 1 : oldest - 1',
    to: 'state.next - 1',
    tests: ['journal/journal.test.ts', 'journal/open.test.ts', JOURNAL_MODEL, 'journal/room.test.ts'],
  },
  {
    name: 'another process may write as well',
    file: 'journal/writer.ts',
    from: '        this.#checkOwner();\n',
    to: '',
    tests: ['journal/open.test.ts', 'journal/ownership.test.ts', JOURNAL],
  },
];

const SOURCES: readonly Mutant[] = [
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
    name: 'a pass looks back from now and not from where the last one began',
    file: 'source/coverage/lookback.ts',
    from: 'const last = checkpoint.passes[lookback] ?? checkpoint.startSeconds;\n  const from = Math.max(last - at.widths[lookback]',
    to: 'const last = at.nowSeconds;\n  const from = Math.max(last - at.widths[lookback]',
    tests: ['source/lookback.test.ts'],
  },
  {
    name: 'there is no sweep',
    file: 'source/lookback-scans.ts',
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
    from: "? 'larger' : undefined;\n    const { spill }",
    to: "? 'end' : undefined;\n    const { spill }",
    tests: ['source/window/walk.test.ts', 'source/source.test.ts'],
  },
  {
    name: 'a record without a time is no event',
    file: 'source/window/record.ts',
    from: "  if (id === undefined) return odd(raw, 'the record has no id', receivedMs);\n",
    to: "  if (id === undefined || timeIn(value['effective_at']) === undefined)\n    return odd(raw, 'the record has no id', receivedMs);\n",
    tests: [RECORD, 'source/source.test.ts', 'source/faults.test.ts', 'source/api/page.test.ts'],
  },
];

export const MUTANTS: readonly Mutant[] = [...LANES, ...JOURNALS, ...DEAD_LETTERS, ...SOURCES];
