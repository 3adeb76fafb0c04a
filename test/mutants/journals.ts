/** Deliberate bugs of the journal, its ids and its dead letters. */
import type { Mutant } from './mutant.ts';

const JOURNAL = 'journal/journal.test.ts';
const JOURNAL_MODEL = 'journal/model.test.ts';
const LETTERS = 'journal/dead-letters.test.ts';

export const JOURNALS: readonly Mutant[] = [
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
  {
    name: 'the checkpoint is on disk before the entries, in a commit of its own',
    file: 'journal/source-journal.ts',
    from: '        const result = await writer.run(space, () => this.#decide(commit, signal));\n',
    to: "        const early = commit.advance(before);\n        await writer.run('reserve', () => ({ write: () => this.#parts.store.checkpoints.put([this.#name, commit.feed], early), value: undefined }));\n        const result = await writer.run(space, () => this.#decide(commit, signal));\n",
    tests: ['journal/room.test.ts'],
  },
  {
    name: 'a start takes the reach back',
    file: 'journal/lane-journal.ts',
    from: 'const reach = Math.max(this.#start.reach, this.#next - 1 + entries);',
    to: 'const reach = this.#next - 1 + entries;',
    tests: [JOURNAL, JOURNAL_MODEL],
  },
  {
    name: 'a saved cursor forgets what an earlier process has settled past it',
    file: 'journal/lane-journal.ts',
    from: 'const joined = joinSettled(this.#start, { position, settled, ...(counts && { counts }) });',
    to: 'const joined = { position, settled, ...(counts && { counts }) };',
    tests: [JOURNAL, JOURNAL_MODEL, 'journal/settled.test.ts'],
  },
  {
    name: 'an undone transaction leaves its ids in memory',
    file: 'journal/seen-ids.ts',
    from: '    this.#tables.clear();\n',
    to: '',
    tests: ['journal/seen-ids-kept.test.ts'],
  },
  {
    name: 'of an hour of many ids some are forgotten to save memory',
    file: 'journal/seen-ids.ts',
    from: '      addAll(table, wordsOf(value));\n',
    to: '      if (table.bytes < 1024) addAll(table, wordsOf(value));\n',
    tests: ['journal/seen-ids-kept.test.ts', 'journal/changed-time.test.ts', JOURNAL],
  },
];

export const DEAD_LETTERS: readonly Mutant[] = [
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
