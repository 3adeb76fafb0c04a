/** What a sink must do whose peer speaks HTTP: the basic cases, then the faults of peers and networks. */
import { beforeEach, describe } from 'vitest';
import { answerCases } from './cases/http-answer.ts';
import { mannersCases } from './cases/http-manners.ts';
import { networkCases } from './cases/http-network.ts';
import { basicsOf } from './cases/http-stage.ts';
import { statusCases } from './cases/http-status.ts';
import { basicCases } from './describe-sink.ts';
import { guarded } from './guarded.ts';
import { type HttpSinkUnderTest, requireHttpReasons, titleOf } from './under-test.ts';

/**
 * Registers the cases of `describeSink` and those on HTTP. Call it at the top of a vitest file, once
 * per configuration that behaves differently. Throws a `TypeError` when a declaration is missing or
 * departs from the rule without a reason.
 */
export function describeHttpSink<Config>(declared: HttpSinkUnderTest<Config>): void {
  requireHttpReasons(declared);
  const { under, hasFailed } = guarded(declared);
  const skipAfterFailure = (): void => {
    beforeEach(({ skip }) => skip(hasFailed(), 'your idsIn threw: the case before says on which request'));
  };
  describe(titleOf(under), () => {
    skipAfterFailure();
    basicCases(basicsOf(under));
  });
  describe(`${titleOf(under)} over HTTP`, () => {
    skipAfterFailure();
    statusCases(under);
    answerCases(under);
    mannersCases(under);
    networkCases(under);
  });
}
