/** Run by `mutants.test.ts` in a vitest of its own: most of this fails, as it should. */
import { describeHttpSink } from '../index.ts';
import { impatient, MUTANTS } from './mutants.ts';

for (const { name, plugin } of MUTANTS) describeHttpSink({ ...impatient, name: `that ${name}`, plugin });
