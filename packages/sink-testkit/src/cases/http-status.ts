/** Cases on the peer's own no: which status means what, how long to wait, some events of a batch refused. */
import type { SendResult } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { batchOf, envelopes, NOW_MS } from '../envelopes.ts';
import { type HttpSinkUnderTest, isNotApplicable, type RefusalOfOne, type StatusOutcome } from '../under-test.ts';
import { onHttpStage } from './http-stage.ts';
import { CASE_MS } from './stage.ts';

/** What the statuses mean to most peers; `docs/SINK-SPEC.md` has the reasons. */
const OUTCOMES: Readonly<Record<number, StatusOutcome>> = {
  400: 'rejected',
  401: 'blocked',
  403: 'blocked',
  404: 'blocked',
  405: 'blocked',
  407: 'blocked',
  408: 'retryable',
  413: 'too_large',
  429: 'refused',
  500: 'retryable',
  502: 'retryable',
  503: 'refused',
  504: 'retryable',
};

/** Registers them in the caller's `describe`. */
export function statusCases<Config>(under: HttpSinkUnderTest<Config>): void {
  for (const [status, outcome] of Object.entries(OUTCOMES)) statusCase(under, Number(status), outcome);
  for (const status of Object.keys(under.statusOf ?? {})) {
    if (!(status in OUTCOMES) && !status.startsWith('2')) statusCase(under, Number(status), 'retryable');
  }
  severalCase(under);
  htmlCase(under);
  retryAfterCases(under);
  const { partial, partialRetryable } = under;
  if (isNotApplicable(partial)) test(`is never told that only some events failed: ${partial.none}`, () => undefined);
  else partialCase(under, { answer: partial, kind: 'rejected', until: 'refused' });
  if (isNotApplicable(partialRetryable)) {
    test(`is never told that only some events failed for now: ${partialRetryable.none}`, () => undefined);
  } else partialCase(under, { answer: partialRetryable, kind: 'retryable', until: 'refused for now' });
}

function statusCase<Config>(under: HttpSinkUnderTest<Config>, status: number, usual: StatusOutcome): void {
  const declared = under.statusOf?.[status];
  const outcome = declared?.expect ?? usual;
  const because = declared === undefined ? '' : `: ${declared.because}`;
  test(`answers ${outcome} to HTTP ${status}${because}`, { timeout: CASE_MS }, () =>
    onHttpStage(under, { status, body: `HTTP ${status}` }, async ({ session }) => {
      // One alone is what is refused. What is too large can be parted.
      const batch = batchOf(envelopes(outcome === 'too_large' ? Math.min(2, session.limits.maxEvents) : 1));
      expectOutcome(await session.send(batch), outcome);
    }),
  );
}

function expectOutcome(result: SendResult, outcome: StatusOutcome): void {
  if (outcome === 'refused') expect(result).toMatchObject({ kind: 'retryable', why: 'refused' });
  else expect(result).toMatchObject({ kind: outcome });
}

/** What `partial` calls rejected is a dead letter at once: the good events of the batch would be buried with the bad one. */
function severalCase<Config>(under: HttpSinkUnderTest<Config>): void {
  const expected = under.statusOf?.[400]?.expect ?? 'rejected';
  test('names no event where HTTP 400 names none of several', { timeout: CASE_MS }, () =>
    onHttpStage(under, { status: 400, body: 'HTTP 400' }, async ({ session }) => {
      const count = Math.min(5, session.limits.maxEvents);
      // For one batch too large and bad are alike: both are found in halves.
      const kinds = expected === 'rejected' ? ['rejected', 'too_large'] : [kindOf(expected)];
      expect(kinds).toContain((await session.send(batchOf(envelopes(count)))).kind);
    }),
  );
}

function kindOf(outcome: StatusOutcome): SendResult['kind'] {
  return outcome === 'refused' ? 'retryable' : outcome;
}

/** A gateway in front of the peer answers in its own words. */
function htmlCase<Config>(under: HttpSinkUnderTest<Config>): void {
  const gateway = {
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html><h1>502 Bad Gateway</h1></html>',
  };
  test('answers retryable to a gateway that speaks HTML', { timeout: CASE_MS }, () =>
    onHttpStage(under, gateway, async ({ session }) => {
      expectOutcome(await session.send(batchOf(envelopes(2))), 'retryable');
    }),
  );
}

interface RequestSent {
  readonly title: string;
  /** Of the header. */
  readonly value: string;
  /** What `retryAfterMs` may be then. */
  readonly ms: readonly (number | undefined)[];
}

/** RFC 9110, 10.2.3: whole seconds or an HTTP date; anything else asks for nothing. */
const ASKED: readonly RequestSent[] = [
  { title: 'seconds', value: '7', ms: [7_000] },
  { title: 'an HTTP date, by context.now()', value: new Date(NOW_MS + 90_000).toUTCString(), ms: [90_000] },
  { title: 'a date in the past', value: new Date(NOW_MS - 90_000).toUTCString(), ms: [undefined, 0] },
  { title: 'a negative number', value: '-5', ms: [undefined, 0] },
  { title: 'words', value: 'soon', ms: [undefined, 0] },
  { title: 'nothing', value: '', ms: [undefined, 0] },
];

function retryAfterCase<Config>(
  under: HttpSinkUnderTest<Config>,
  status: number,
  { title, value, ms }: RequestSent,
): void {
  test(`reads Retry-After with HTTP ${status}: ${title}`, { timeout: CASE_MS }, () =>
    onHttpStage(under, { status, headers: { 'retry-after': value } }, async ({ session }) => {
      const result = await session.send(batchOf(envelopes(1)));
      expectOutcome(result, 'refused');
      expect(ms).toContain(result.kind === 'retryable' ? result.retryAfterMs : undefined);
    }),
  );
}

function retryAfterCases<Config>(under: HttpSinkUnderTest<Config>): void {
  const statuses = [429, 503].filter((status) => (under.statusOf?.[status]?.expect ?? 'refused') === 'refused');
  for (const status of statuses) {
    for (const asked of ASKED) retryAfterCase(under, status, asked);
  }

  // Every send is checked for a wait that a timer can hold, so there is nothing to compare here.
  test('never asks core for a wait that no timer can hold', { timeout: CASE_MS }, () =>
    onHttpStage(under, { status: 503, headers: { 'retry-after': '99999999999999999999' } }, async ({ session }) => {
      expect((await session.send(batchOf(envelopes(1)))).kind).not.toBe('acked');
    }),
  );
}

interface Refusal {
  readonly answer: RefusalOfOne;
  readonly kind: 'rejected' | 'retryable';
  /** Completes the title. */
  readonly until: string;
}

/**
 * What is refused for ever becomes a dead letter and the rest goes on, so a wrong index would bury the
 * wrong event, and the wrong kind one that the peer would have taken a minute later.
 */
function partialCase<Config>(under: HttpSinkUnderTest<Config>, { answer, kind, until }: Refusal): void {
  // Not the first nor the last where the sink takes that many: that is where indexes go wrong.
  let refused = 0;
  test(`names the one event that the peer ${until}, and adds up`, { timeout: CASE_MS }, () =>
    onHttpStage(
      under,
      (request) => answer(request, refused),
      async ({ session }) => {
        const count = Math.min(5, session.limits.maxEvents);
        refused = Math.min(3, count - 1);
        const result = await session.send(batchOf(envelopes(count)));
        expect(result.kind).toBe('partial');
        if (result.kind !== 'partial') return;
        const own = result.failures.filter(({ index }) => index === refused);
        expect(own.map(({ failure }) => failure.kind)).toEqual([kind]);
        const others = result.failures.filter(({ index }) => index !== refused);
        expect(
          others.filter(({ failure }) => failure.kind !== 'retryable'),
          'others that may not go again',
        ).toEqual([]);
      },
    ),
  );
}
