/** What every sink must do, whatever its peer speaks: the cases of `cases/`, run by the sink's own tests. */
import { describe } from 'vitest';
import { declarationCases } from './cases/declarations.ts';
import { deliveryCases } from './cases/delivery.ts';
import { doctorCases } from './cases/doctor.ts';
import { exclusionCases } from './cases/exclusions.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { requireReasons, type SinkUnderTest, titleOf } from './under-test.ts';

/**
 * Registers the cases that need no HTTP: for a file, a queue, a stream. Call it at the top of a
 * vitest file. Throws a `TypeError` when a declaration departs from the rule without a reason.
 */
export function describeSink<Config>(under: SinkUnderTest<Config>): void {
  requireReasons(under);
  describe(titleOf(under), () => basicCases(under));
}

/** Registers the same cases in the caller's `describe`. */
export function basicCases<Config>(under: SinkUnderTest<Config>): void {
  declarationCases(under);
  deliveryCases(under);
  exclusionCases(under);
  lifecycleCases(under);
  doctorCases(under);
}
