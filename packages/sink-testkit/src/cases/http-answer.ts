/** Cases on answers that are none: cut off, unreadable, late, never, from somewhere else. */
import type { SendResult } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { batchOf, envelopes } from '../envelopes.ts';
import { type PeerRequest, type Reply, replyOf, type Script, startPeer } from '../peer.ts';
import { type HttpSinkUnderTest, isNotApplicable } from '../under-test.ts';
import { onHttpStage } from './http-stage.ts';
import { CASE_MS } from './stage.ts';

/** Registers them in the caller's `describe`. */
export function answerCases<Config>(under: HttpSinkUnderTest<Config>): void {
  const yes = (request: PeerRequest): Reply => replyOf(under.accepted, request);

  test('takes a yes that comes late and in pieces', { timeout: CASE_MS }, () =>
    onHttpStage(
      under,
      (request) => ({ ...yes(request), fault: 'slow' }),
      async ({ session }) => {
        expect(await session.send(batchOf(envelopes(3)))).toEqual({ kind: 'acked' });
      },
    ),
  );

  if (under.saysYesIn === 'body') unreadableCases(under, yes);
  else test(`takes a status alone for a yes: ${under.saysYesIn.status}`, () => undefined);
  anotherYesCase(under, yes);
  shortYesCase(under);
  lostAnswerCases(under, yes);
  for (const status of [301, 302, 303, 307, 308]) redirectCase(under, status);
}

/** Login pages, load balancers and cut connections come with a 200 too; an ack for them would lose the events. */
function unreadableCases<Config>(under: HttpSinkUnderTest<Config>, yes: (request: PeerRequest) => Reply): void {
  const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><title>Log in</title></html>' };
  const cases: readonly { readonly title: string; readonly reply: Script; readonly kinds?: readonly string[] }[] = [
    // A page where the API should be is a lost answer or a wrong address; which, the sink may know.
    { title: 'an HTML page', reply: html, kinds: ['retryable', 'blocked'] },
    { title: 'an empty body', reply: (request) => ({ ...yes(request), body: '' }) },
    { title: 'half of its own yes', reply: (request) => half(yes(request)) },
    { title: 'a connection closed in the body', reply: (request) => ({ ...yes(request), fault: 'cut_body' }) },
  ];
  for (const { title, reply, kinds = ['retryable'] } of cases) {
    test(`takes no yes from a 200 with ${title}`, { timeout: CASE_MS }, () =>
      onHttpStage(under, reply, async ({ session }) => {
        const result = await session.send(batchOf(envelopes(2)));
        expect(kinds).toContain(result.kind);
        if (result.kind === 'retryable') expect(result.why, 'it may be stored').toBe('unanswered');
      }),
    );
  }
}

/** A gateway that has put a request into its own queue, or an endpoint of another kind, says 2xx as well. */
function anotherYesCase<Config>(under: HttpSinkUnderTest<Config>, yes: (request: PeerRequest) => Reply): void {
  const declared = Object.entries(under.statusOf ?? {}).filter(([status]) => status.startsWith('2'));
  const because = declared.map(([status, meaning]) => `, but for ${status}: ${meaning.because}`).join('');
  test(`takes no yes from another 2xx than the peer’s own${because}`, { timeout: CASE_MS }, async () => {
    for (const status of [200, 201, 202, 204]) {
      const expected = under.statusOf?.[status]?.expect ?? 'unanswered';
      let own = 200;
      const another: Script = (request) => {
        const { status: usual = 200, ...reply } = yes(request);
        own = usual;
        return { ...reply, status, ...(status === 204 ? { headers: {}, body: '' } : {}) };
      };
      await onHttpStage(under, another, async ({ session }) => {
        const result = await session.send(batchOf(envelopes(2)));
        const seen = result.kind === 'retryable' && expected !== 'retryable' ? result.why : result.kind;
        expect(seen, `what HTTP ${status} is where the peer says ${own}`).toBe(own === status ? 'acked' : expected);
      });
    }
  });
}

/** Announced lengths go with the rest: half of a body with the old length would be a cut one. */
function half(reply: Reply): Reply {
  const headers = Object.entries(reply.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'content-length');
  const { body = '' } = reply;
  return { ...reply, headers: Object.fromEntries(headers), body: body.slice(0, Math.floor(body.length / 2)) };
}

/** Which of the events the peer has not counted, nobody can tell: all of them go again. */
function shortYesCase<Config>({ shortYes, ...under }: HttpSinkUnderTest<Config>): void {
  if (isNotApplicable(shortYes)) {
    test(`is never told how many events were taken: ${shortYes.none}`, () => undefined);
    return;
  }
  test('takes no yes that counts fewer events than were sent', { timeout: CASE_MS }, () =>
    onHttpStage({ ...under, shortYes }, shortYes, async ({ session }) => {
      const result = await session.send(batchOf(envelopes(Math.min(3, session.limits.maxEvents))));
      expect(result.kind).not.toBe('acked');
      if (result.kind === 'retryable') expect(result.why, 'it may be stored').toBe('unanswered');
    }),
  );
}

/** `unanswered` is what makes core send the batch again as a replay, so that the sink looks before it writes. */
function lostAnswerCases<Config>(under: HttpSinkUnderTest<Config>, yes: (request: PeerRequest) => Reply): void {
  test('says that a send may be stored when the connection is reset after it', { timeout: CASE_MS }, () =>
    onHttpStage(under, { fault: 'reset_after_body' }, async ({ session }) => {
      expectUnanswered(await session.send(batchOf(envelopes(2))));
    }),
  );

  test('answers retryable when the connection is reset before the body was read', { timeout: CASE_MS }, () =>
    onHttpStage(under, { fault: 'reset_before_body' }, async ({ session }) => {
      // Nobody can tell here whether the peer has it.
      const result = await session.send(batchOf(envelopes(2)));
      expect(result.kind).toBe('retryable');
      expect(['unanswered', 'failed']).toContain(result.kind === 'retryable' ? result.why : undefined);
    }),
  );

  test.concurrent('gives up by itself within sendMs on a peer that never answers', { timeout: CASE_MS }, () =>
    onHttpStage(under, { fault: 'hang' }, async ({ session, peer }) => {
      expectUnanswered(await session.send(batchOf(envelopes(2))));
      await peer.until(() => peer.pending === 0, 'the end of the request that was given up');
    }),
  );

  test.concurrent('gives up by itself within sendMs on an answer that never ends', { timeout: CASE_MS }, () =>
    onHttpStage(
      under,
      (request) => ({ ...yes(request), fault: 'endless_body' }),
      async ({ session, peer }) => {
        const result = await session.send(batchOf(envelopes(2)));
        if (under.saysYesIn === 'body' || result.kind !== 'acked') expectUnanswered(result);
        await peer.until(() => peer.pending === 0, 'the end of the request that was given up');
      },
    ),
  );
}

function expectUnanswered(result: SendResult): void {
  expect(result).toMatchObject({ kind: 'retryable', why: 'unanswered' });
}

/** A redirect could carry the credential and the events to anywhere. */
function redirectCase<Config>(under: HttpSinkUnderTest<Config>, status: number): void {
  test(`does not follow HTTP ${status}`, { timeout: CASE_MS }, async () => {
    const elsewhere = await startPeer(under.accepted);
    const away: Script = ({ path }) => ({ status, headers: { location: `${elsewhere.url}${path}` } });
    try {
      await onHttpStage(under, away, async ({ session, deliveries }) => {
        const result = await session.send(batchOf(envelopes(2)));
        expect(['blocked', 'retryable']).toContain(result.kind);
        expect(elsewhere.requests.length, 'requests to where it pointed').toBe(0);
        expect(deliveries().length, 'requests').toBe(1);
      });
    } finally {
      await elsewhere.close();
    }
  });
}
