/** Run by `mutants.test.ts` in a vitest of its own: some of this fails, as it should. */
import { describeHttpSink } from '../index.ts';
import { impatient } from './broken-sink.ts';
import { ANSWER_MUTANTS } from './mutants-of-answers.ts';

for (const { name, plugin } of ANSWER_MUTANTS) describeHttpSink({ ...impatient, name: `that ${name}`, plugin });
