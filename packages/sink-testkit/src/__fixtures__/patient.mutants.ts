/** As `answers.mutants.ts`, for those that make the kit wait; run with the meant cases only. */
import { describeHttpSink } from '../index.ts';
import { impatient } from './broken-sink.ts';
import { PATIENT_MUTANTS } from './mutants-of-conduct.ts';

for (const { name, plugin } of PATIENT_MUTANTS) describeHttpSink({ ...impatient, name: `that ${name}`, plugin });
