/**
 * Reads one text that somebody else wrote, and says when it is done. In a process of its own, since a pattern that
 * goes back and forth over such a text is ended by nothing less. Started by `hostile-text.test.ts`; argument: a case.
 */
import { CASES } from './cases.ts';

const read = CASES[process.argv[2] ?? ''];
if (read === undefined) throw new Error('no such case');
await read();
process.stdout.write('read\n');
