/** As `answers.mutants.ts`. */
import { describeHttpSink } from '../index.ts';
import { impatient } from './broken-sink.ts';
import { CONDUCT_MUTANTS } from './mutants-of-conduct.ts';

for (const { name, plugin } of CONDUCT_MUTANTS) describeHttpSink({ ...impatient, name: `that ${name}`, plugin });
