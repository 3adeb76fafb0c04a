/**
 * Deliberate bugs in the core and in the sinks, each of which loses, doubles or holds events for ever, and the tests that must
 * catch it. `npm run test:mutants` makes them one at a time in a copy of the sources; `mutants.test.ts` keeps the texts true.
 */
import { DEAD_LETTERS, JOURNALS } from './journals.ts';
import { LANES } from './lanes.ts';
import type { Mutant } from './mutant.ts';
import { SINKS } from './sinks.ts';
import { SOURCES } from './sources.ts';

export const MUTANTS: readonly Mutant[] = [...LANES, ...JOURNALS, ...DEAD_LETTERS, ...SOURCES, ...SINKS];
