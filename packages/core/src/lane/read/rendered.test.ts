import { expect, test } from 'vitest';
import type { Entry } from '../../entry.ts';
import type { Position } from '../../journal/journal.ts';
import type { Held } from '../held.ts';
import { Rendered } from './rendered.ts';

const ENTRY = { id: 'e', raw: '{}' } as Entry;

/** Each member that a held entry may have. */
const HELD: Required<Held> = {
  number: 7,
  position: '3:7' as Position,
  partition: '3',
  deadLetter: 2,
  ordered: {
    by: { overwrite: false, ended: new AbortController().signal, settle: () => undefined },
    number: 1,
    position: '3:7' as Position,
  },
  entry: ENTRY,
  replay: true,
};

test('an entry with its document is all that the held entry was', () => {
  const rendered = new Rendered(HELD, { id: 'e', json: '{}', bytes: 2 } as never, () => ({}) as never);
  for (const [member, value] of Object.entries(HELD)) expect(Object(rendered)[member], member).toBe(value);
});
