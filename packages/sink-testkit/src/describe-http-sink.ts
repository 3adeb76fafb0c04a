/** What a sink must do whose peer speaks HTTP: the basic cases, then the faults of peers and networks. */
import { describe } from 'vitest';
import { answerCases } from './cases/http-answer.ts';
import { mannersCases } from './cases/http-manners.ts';
import { basicsOf } from './cases/http-stage.ts';
import { statusCases } from './cases/http-status.ts';
import { describeSink } from './describe-sink.ts';
import { type HttpSinkUnderTest, requireHttpReasons, titleOf } from './under-test.ts';

/**
 * Registers the cases of `describeSink` and those on HTTP. Call it at the top of a vitest file, once
 * per configuration that behaves differently. Throws a `TypeError` when a declaration departs from
 * the rule without a reason.
 */
export function describeHttpSink<Config>(under: HttpSinkUnderTest<Config>): void {
  requireHttpReasons(under);
  describeSink(basicsOf(under));
  describe(`${titleOf(under)} over HTTP`, () => {
    statusCases(under);
    answerCases(under);
    mannersCases(under);
  });
}
