/** As `all.mutants.ts`, for those that make the kit wait; run with the meant cases only. */
import { describeHttpSink } from '../index.ts';
import { impatient, PATIENT_MUTANTS } from './mutants.ts';

for (const { name, plugin } of PATIENT_MUTANTS) describeHttpSink({ ...impatient, name: `that ${name}`, plugin });
