/** Cases on how an HTTP sink behaves around its requests: no retries, abort, sockets, secrets, its name. */
import type { SendResult } from '@audit-relay/sink';
import { expect, test } from 'vitest';
import { batchOf, envelopes } from '../envelopes.ts';
import { type PeerRequest, type Reply, replyOf, type Script } from '../peer.ts';
import { OverdueError } from '../session.ts';
import { type HttpSinkUnderTest, isNotApplicable, plainSecret } from '../under-test.ts';
import { expectHelpful } from './doctor.ts';
import { closedPeer, idsOf, onHttpStage } from './http-stage.ts';
import { secretsOf } from './lifecycle.ts';
import { CASE_MS, unreached } from './stage.ts';

/** A connection that is closed is gone at once; one that is only idle stays for as long as the peer keeps it. */
const CLOSED_WITHIN_MS = 2_000;

/** Registers them in the caller's `describe`. */
export function mannersCases<Config>(under: HttpSinkUnderTest<Config>): void {
  retryCases(under);
  for (const stop of STOPS) abortCase(under, stop);
  socketCases(under);
  concurrencyCase(under);
  credentialCase(under);
  secretCases(under);
  checkCases(under);

  test('names itself by context.userAgent', { timeout: CASE_MS }, () =>
    onHttpStage(under, under.accepted, async ({ session, deliveries }) => {
      await session.send(batchOf(envelopes(1)));
      expect(deliveries().map(({ headers }) => headers['user-agent'])).toEqual([session.context.userAgent]);
    }),
  );
}

/** A sink that retries hides the fault from core, which then neither backs off nor counts it. */
function retryCases<Config>(under: HttpSinkUnderTest<Config>): void {
  const faults: readonly { readonly title: string; readonly reply: Reply }[] = [
    { title: 'HTTP 429', reply: { status: 429, headers: { 'retry-after': '0' } } },
    { title: 'HTTP 500', reply: { status: 500 } },
    { title: 'HTTP 503', reply: { status: 503 } },
    { title: 'a reset', reply: { fault: 'reset_after_body' } },
  ];
  for (const { title, reply } of faults) {
    test(`leaves the retry after ${title} to core, and delivers when core retries`, { timeout: CASE_MS }, () =>
      onHttpStage(under, reply, async ({ session, peer, deliveries }) => {
        const list = envelopes(2);
        await session.send(batchOf(list));
        expect(deliveries().length, 'requests of one send').toBe(1);
        peer.answer(under.accepted);
        expect(await session.send(batchOf(list, true))).toEqual({ kind: 'acked' });
      }),
    );
  }

  test('says failed when the connection is refused', { timeout: CASE_MS }, async () => {
    await unreached(under.plugin, under.configFor(await closedPeer()), async (session) => {
      expect(await session.send(batchOf(envelopes(1)))).toMatchObject({ kind: 'retryable', why: 'failed' });
    });
  });
}

interface Stop {
  readonly moment: string;
  readonly fault: Reply;
  /** What the sink may answer, if it does not throw. */
  readonly result: Partial<SendResult>;
}

const STOPS: readonly Stop[] = [
  { moment: 'before there is an answer', fault: { fault: 'hang' }, result: { kind: 'retryable', why: 'unanswered' } },
  { moment: 'as an answer begins', fault: { status: 500, fault: 'endless_body' }, result: { kind: 'retryable' } },
];

/** A drain waits for this: what does not stop is cut off, and its batch goes out again. */
function abortCase<Config>(under: HttpSinkUnderTest<Config>, { moment, fault, result }: Stop): void {
  test(`stops at once when the signal fires ${moment}`, { timeout: CASE_MS }, () =>
    onHttpStage(under, fault, async ({ session, peer, deliveries }) => {
      const stop = new AbortController();
      // Throwing because of the signal is as good as answering what it knows.
      const thrown = (error: unknown): undefined => {
        if (!stop.signal.aborted || error instanceof OverdueError) throw error;
      };
      const sent = session.send(batchOf(envelopes(2)), stop.signal).catch(thrown);
      // A send that ends before its request has come is wrong already.
      await Promise.race([peer.until(() => deliveries().length > 0, 'the request'), sent]);
      stop.abort(new Error('the drain is over'));
      const outcome = await sent;
      if (outcome !== undefined) expect(outcome).toMatchObject(result);
      await peer.until(() => peer.pending === 0, 'the end of the request that was stopped');
    }),
  );
}

/** An answer that is not read to its end keeps its connection; a sink that is opened anew must not add to them. */
function socketCases<Config>(under: HttpSinkUnderTest<Config>): void {
  test('leaves no socket open when it is closed', { timeout: CASE_MS }, () =>
    onHttpStage(under, under.accepted, async ({ session, peer }) => {
      await session.send(batchOf(envelopes(1)));
      await session.check();
      await session.close();
      await peer.until(() => peer.sockets === 0, 'the end of all connections after close()', CLOSED_WITHIN_MS);
    }),
  );

  test('uses no more sockets for large error answers than for sends at a time', { timeout: CASE_MS }, () =>
    onHttpStage(under, { status: 503, body: 'x'.repeat(200_000) }, async ({ session, peer }) => {
      const { maxInFlight } = session.limits;
      for (let turn = 0; turn < Math.min(maxInFlight, 16) + 4; turn += 1) await session.send(batchOf(envelopes(1)));
      expect(peer.sockets).toBeLessThanOrEqual(maxInFlight);
    }),
  );
}

/** Every other event is refused while all are in flight: an answer must not reach another's send. */
function concurrencyCase<Config>(under: HttpSinkUnderTest<Config>): void {
  const refuses = (id: string): boolean => Number(id.split('-').at(-1)) % 2 === 1;
  const everyOther: Script = (request) =>
    idsOf(under, request).some(refuses) ? { status: 503 } : replyOf(under.accepted, request);
  test('gives each of its sends its own answer', { timeout: CASE_MS }, () =>
    onHttpStage(under, everyOther, async ({ session }) => {
      const turns = Array.from({ length: Math.max(2, Math.min(session.limits.maxInFlight, 32)) }, (_, turn) => turn);
      const send = (turn: number): Promise<SendResult> =>
        session.send(batchOf(envelopes(1, { id: () => `audit_log-${turn}` })));
      const results =
        session.limits.maxInFlight === 1 ? await oneByOne(turns, send) : await Promise.all(turns.map(send));
      expect(results.map(({ kind }) => kind)).toEqual(turns.map((turn) => (turn % 2 === 1 ? 'retryable' : 'acked')));
    }),
  );
}

async function oneByOne<In, Out>(inputs: readonly In[], run: (input: In) => Promise<Out>): Promise<readonly Out[]> {
  const outputs: Out[] = [];
  for (const input of inputs) outputs.push(await run(input));
  return outputs;
}

/** The kit's peer takes any credential, so it must look at what came. */
function credentialCase<Config>(under: HttpSinkUnderTest<Config>): void {
  const { secret } = under;
  if (isNotApplicable(secret)) return;
  const [value, title] =
    typeof secret === 'string'
      ? [secret, 'presents its credential to the peer']
      : [secret.value, `signs with its credential and does not send it: ${secret.signs}`];
  test(title, { timeout: CASE_MS }, () =>
    onHttpStage(under, under.accepted, async ({ session, peer }) => {
      await session.send(batchOf(envelopes(1)));
      const isSent = peer.requests.some((request) => textsOf(request).some((text) => text.includes(value)));
      expect(isSent, 'the secret is in a header, the URL or the body of a request').toBe(typeof secret === 'string');
    }),
  );
}

/** Where a credential may stand: as it is, or as URLs, JSON and basic authentication write it. */
function textsOf({ path, headers, text }: PeerRequest): readonly string[] {
  const words = Object.values(headers).flatMap((value) => value.split(' '));
  const decoded = words.map((word) => Buffer.from(word, 'base64').toString('utf8'));
  return [path, percentDecoded(path), text, percentDecoded(text), ...Object.values(headers), ...decoded];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Peers and gateways like to quote what they got. */
function secretCases<Config>(under: HttpSinkUnderTest<Config>): void {
  const planted = secretsOf({ secret: plainSecret(under.secret) });
  for (const status of [200, 400, 401, 403, 413, 429, 500, 503]) {
    const quoting: Script = (request) => ({ status, body: echoOf(request) });
    test(`tells no secret when HTTP ${status} quotes the request`, { timeout: CASE_MS }, () =>
      onHttpStage(under, quoting, async ({ session, deliveries }) => {
        await session.send(batchOf(envelopes(2)));
        await session.send(batchOf(envelopes(1)));
        session.expectNoLeak([...planted, ...deliveries().flatMap(credentialsIn)]);
      }),
    );
  }

  test('tells no secret when it is stopped or not answered', { timeout: CASE_MS }, () =>
    onHttpStage(under, { fault: 'reset_after_body' }, async ({ session, deliveries }) => {
      await session.send(batchOf(envelopes(2)));
      await session.send(batchOf(envelopes(1)), AbortSignal.abort()).catch(() => undefined);
      session.expectNoLeak([...planted, ...deliveries().flatMap(credentialsIn)]);
    }),
  );
}

/** The names under which peers give their reasons, each with all that was sent. */
function echoOf(request: PeerRequest): string {
  const echo = `${JSON.stringify(request.headers)} ${request.text}`;
  const error = { type: 'quoting_exception', reason: echo, root_cause: [{ type: 'quoting_exception', reason: echo }] };
  return JSON.stringify({ text: echo, message: echo, detail: echo, reason: echo, error, errors: [echo] });
}

/** As sent, which for basic authentication is not as in the config. */
function credentialsIn({ headers }: PeerRequest): readonly string[] {
  const { authorization } = headers;
  return authorization === undefined ? [] : [authorization];
}

/** `doctor` runs when things are wrong: an exception would hide the finding. */
function checkCases<Config>(under: HttpSinkUnderTest<Config>): void {
  const answers: readonly { readonly title: string; readonly reply: Reply }[] = [
    { title: 'HTTP 500', reply: { status: 500 } },
    { title: 'a page of HTML', reply: { headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' } },
    { title: 'a reset', reply: { fault: 'reset_after_body' } },
  ];
  for (const { title, reply } of answers) {
    test(`check does not throw when the peer answers with ${title}`, { timeout: CASE_MS }, () =>
      onHttpStage(under, under.accepted, async ({ session, peer }) => {
        peer.answer(reply);
        expectHelpful(await session.check());
      }),
    );
  }

  if (isNotApplicable(under.secret)) return;
  test('check says what to do when the peer refuses the credential, without quoting it', { timeout: CASE_MS }, () =>
    onHttpStage(under, under.accepted, async ({ session, peer }) => {
      peer.answer((request) => ({ status: 401, body: echoOf(request) }));
      const checks = await session.check();
      expectHelpful(checks);
      expect(checks.map(({ verdict }) => verdict)).toContain('fail');
      session.expectNoLeak(secretsOf({ secret: plainSecret(under.secret) }));
    }),
  );
}
