/** Which dead letters are chosen, and how they look. */
import { describe, expect, test } from 'vitest';
import { change } from './change.ts';
import { contentsOf, wholeJson } from './document.ts';
import { deadLetterItem, type Item } from './item.ts';
import { isNarrowed, selectionOf, type Wanted } from './select.ts';
import { countText, listText, showText } from './text.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const RAW = '{"id":"audit_log-1","type":"login.failed","effective_at":1772366400,"big":12345678901234567890}';

type Letter = Parameters<typeof deadLetterItem>[0];

function letter(changes: Partial<Letter> = {}): Letter {
  const place = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return {
    lane: 'siem',
    sequence: 12,
    entry: {
      id: 'audit_log-1',
      type: 'login.failed',
      timeMs: NOW - 9_000,
      receivedMs: NOW - 8_000,
      ...place,
      raw: RAW,
    },
    reason: 'mapper_parsing_exception: no such field',
    kind: 'rejected',
    attempts: 3,
    firstMs: NOW - 7_000,
    atMs: NOW - 3_600_000,
    ...changes,
  };
}

const record: Item = {
  head: {
    id: 'acme/record-3f9a0c1b2e44',
    source: 'acme',
    kind: 'unusable',
    reason: 'it has no id',
    attempts: 0,
    first: '2026-03-01T11:00:00.000Z',
    last: '2026-03-01T11:00:00.000Z',
  },
  key: { source: 'acme', hash: '3f9a0c1b2e44' },
  lastMs: NOW - 3_600_000,
  raw: '{"type":"login.failed"}',
};

describe('it is chosen', () => {
  test.each<{ wanted: Partial<Wanted>; chosen: string }>([
    { wanted: {}, chosen: 'letter record' },
    { wanted: { ids: ['siem/12'] }, chosen: 'letter' },
    { wanted: { ids: ['siem/1', 'acme/record-3f9a0c1b2e44'] }, chosen: 'record' },
    { wanted: { sink: 'siem' }, chosen: 'letter' },
    { wanted: { source: 'acme' }, chosen: 'letter record' },
    { wanted: { source: 'other' }, chosen: '' },
    { wanted: { reason: 'NO SUCH' }, chosen: 'letter' },
    { wanted: { reason: 'unusable' }, chosen: 'record' },
    { wanted: { type: 'login.failed' }, chosen: 'letter' },
    { wanted: { type: 'login.*' }, chosen: 'letter' },
    { wanted: { type: 'login' }, chosen: '' },
    { wanted: { from: '1h' }, chosen: 'letter record' },
    { wanted: { from: '59m' }, chosen: '' },
    { wanted: { to: '1h' }, chosen: '' },
    { wanted: { to: '2026-03-01T11:00:01Z', sink: 'siem' }, chosen: 'letter' },
  ])('by $wanted: $chosen', ({ wanted, chosen }) => {
    const selection = selectionOf({ ids: [], ...wanted }, NOW);
    if (typeof selection === 'string') throw new Error(selection);
    const found = [deadLetterItem(letter()), record]
      .filter(selection)
      .map(({ head }) => (head.sink ? 'letter' : 'record'));
    expect(found.join(' ')).toBe(chosen);
    expect(isNarrowed({ ids: [], ...wanted })).toBe(Object.keys(wanted).length > 0);
  });

  test('and a time that is none is told', () => {
    expect(selectionOf({ ids: [], from: 'noon' }, NOW)).toMatch(/--from noon is no time/);
    expect(selectionOf({ ids: [], to: 'noon' }, NOW)).toMatch(/--to noon is no time/);
  });
});

describe('in lines of 80 characters', () => {
  const nasty = letter({
    reason: `\u001b[2Jred ${'and so on '.repeat(30)}\u202e end`,
    retryMs: NOW,
    lane: 'a'.repeat(64),
  });

  test('it is listed', () => {
    expect(listText(deadLetterItem(letter()).head)).toBe(
      'siem/12  2026-03-01T11:00:00Z  login.failed\n    rejected, 3 send(s): mapper_parsing_exception: no such field\n',
    );
    expect(listText(record.head)).toContain('acme/record-3f9a0c1b2e44  2026-03-01T11:00:00Z  no event\n');
  });

  test.each([
    ['listed', listText(deadLetterItem(nasty).head)],
    ['shown', showText(deadLetterItem(nasty).head, {})],
  ])('whatever a peer has said, %s', (_, text) => {
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toMatch(/\p{Cc}(?<!\n)|\p{Cf}/u);
  });

  test('it is shown whole', () => {
    const item = deadLetterItem(nasty);
    const text = showText(item.head, { raw: '{"id":"a"}', format: 'ecs', document: '{"event":{"id":"a"}}' });
    expect(text).toContain('\n  event       audit_log-1\n  type        login.failed\n');
    expect(text).toContain('end\n  sends       3\n');
    expect(text).toContain('  goes again  asked for at 2026-03-01T12:00:00.000Z\n');
    expect(text).toContain('raw\n{\n  "id": "a"\n}\ndocument (ecs, as it would go out now)\n{\n  "event": {\n');
    // Its digits stand in its own text alone.
    expect(showText(item.head, { raw: RAW })).toContain(RAW);
  });

  test('and counted', () => {
    expect([countText(1, 0), countText(3, 2)]).toEqual([
      '1 dead letter',
      '3 dead letters, 2 of them asked to go again',
    ]);
  });
});

test('for a script the texts stand in it as they are, digit by digit', () => {
  const item = deadLetterItem(letter());
  const contents = contentsOf(item, { reading: undefined, original: true });
  const json = wholeJson(item, contents);
  expect(json).toContain('"big":12345678901234567890');
  expect(JSON.parse(json)).toMatchObject({ id: 'siem/12', format: 'ecs', document: { event: { id: 'audit_log-1' } } });
  expect(JSON.parse(wholeJson(record, contentsOf(record, { reading: undefined, original: true })))).toEqual({
    ...record.head,
    raw: { type: 'login.failed' },
  });
});

test('an agent is told in questions that it takes, and its counts are added up', async () => {
  const asked: number[] = [];
  const keys = Array.from({ length: 700 }, (_, index) => ({
    source: 's'.repeat(64),
    hash: `${index}`.padStart(64, 'f'),
  }));
  const ask = async (question: unknown): Promise<{ changed: number }> => {
    // A line of 64 KiB is the longest that it reads.
    expect(JSON.stringify(question).length).toBeLessThan(65_536);
    asked.push(Object(question).letters.length);
    return { changed: 1 };
  };
  const reader = { ask, isHeld: async () => true };
  const options = { action: 'drop', keys, reader } as unknown as Parameters<typeof change>[0];
  expect(await change(options)).toEqual({ changed: 3, byAgent: true });
  expect(asked).toEqual([300, 300, 100]);
});
