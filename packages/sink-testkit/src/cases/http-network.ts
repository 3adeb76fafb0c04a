/** Cases on the way to the peer: certificates, proxies, a path in the URL, and what each request must carry. */
import { expect, test } from 'vitest';
import { batchOf, envelopes, NOW_MS } from '../envelopes.ts';
import { type Peer, replyOf, type Script, startPeer, startUntrustedPeer } from '../peer.ts';
import { type PeerProxy, startProxy } from '../proxy.ts';
import { Session } from '../session.ts';
import { type HttpSinkUnderTest, isNotApplicable } from '../under-test.ts';
import { expectHelpful } from './doctor.ts';
import { closedPeer, deliveriesTo } from './http-stage.ts';
import { CASE_MS } from './stage.ts';

/** Registers them in the caller's `describe`. */
export function networkCases<Config>(under: HttpSinkUnderTest<Config>): void {
  if (isNotApplicable(under.https)) test(`is never asked for TLS: ${under.https.none}`, () => undefined);
  else untrustedCase(under);
  if (isNotApplicable(under.proxy)) test(`goes by no proxy: ${under.proxy.none}`, () => undefined);
  else proxyCases(under);
  if (isNotApplicable(under.path)) test(`has no path before its own: ${under.path.none}`, () => undefined);
  else pathCase(under);
  headerCase(under);
  copyCase(under);
}

/** Nothing was sent, so nothing can be stored; and it stays so until somebody does something about it. */
function untrustedCase<Config>(under: HttpSinkUnderTest<Config>): void {
  test('is blocked by a certificate that nobody trusts, and says so', { timeout: CASE_MS }, () =>
    withClosed(startUntrustedPeer(under.accepted), (peer) =>
      withSession(under, { url: peer.url }, async (session) => {
        const result = await session.send(batchOf(envelopes(2)));
        expect(result).toMatchObject({ kind: 'blocked', reason: expect.stringMatching(/certificate|TLS|trust/i) });
        expectHelpful(await session.check());
        expect(peer.requests.length, 'requests over a connection that is not trusted').toBe(0);
      }),
    ),
  );
}

interface Refusal {
  readonly title: string;
  readonly proxy: () => Promise<PeerProxy>;
  readonly result: object;
}

const REFUSALS: readonly Refusal[] = [
  { title: 'that wants credentials (407)', proxy: () => startProxy(407), result: { kind: 'blocked' } },
  {
    title: 'that does not get to the peer (502)',
    proxy: () => startProxy(502),
    result: { kind: 'retryable', why: 'failed' },
  },
  {
    title: 'that is not there',
    proxy: async () => ({ url: (await closedPeer()).url, asked: [], close: async () => undefined }),
    result: { kind: 'retryable', why: 'failed' },
  },
];

function proxyCases<Config>(under: HttpSinkUnderTest<Config>): void {
  test('asks context.proxyFor for its URL, and goes by the proxy that it names', { timeout: CASE_MS }, () =>
    withClosed(startPeer(under.accepted), (peer) =>
      withClosed(startProxy(), (proxy) =>
        withSession(under, { url: peer.url, proxy: proxy.url }, async (session) => {
          expect(await session.send(batchOf(envelopes(2)))).toEqual({ kind: 'acked' });
          expect(deliveriesTo(under, peer).length, 'deliveries').toBe(1);
          expect(proxy.asked.length, 'requests to the proxy').toBeGreaterThan(0);
        }),
      ),
    ),
  );

  // Over TLS a proxy is asked for a tunnel by every client, so that the answer is its own and not the peer's.
  const start = isNotApplicable(under.https) ? startPeer : startUntrustedPeer;
  for (const { title, proxy: startRefusing, result } of REFUSALS) {
    test(`tells a proxy ${title} from the peer`, { timeout: CASE_MS }, () =>
      withClosed(start(under.accepted), (peer) =>
        withClosed(startRefusing(), (proxy) =>
          withSession(under, { url: peer.url, proxy: proxy.url }, async (session) => {
            const reason = expect.stringMatching(/proxy/i);
            expect(await session.send(batchOf(envelopes(2)))).toMatchObject({ ...result, reason });
            expectHelpful(await session.check());
          }),
        ),
      ),
    );
  }
}

/** Gateways and tenants are told apart by a path; without it the events go to somebody else. */
function pathCase<Config>(under: HttpSinkUnderTest<Config>): void {
  for (const [title, path] of [
    ['puts the path of its URL before its own', '/prefix/1'],
    ['puts one slash after a path that ends in one', '/prefix/1/'],
  ] as const) {
    test(title, { timeout: CASE_MS }, () => {
      const beneath: Script = (request) =>
        request.path.startsWith('/prefix/1/')
          ? replyOf(under.accepted, { ...request, path: request.path.slice('/prefix/1'.length) })
          : { status: 404 };
      return withClosed(startPeer(beneath), (peer) =>
        withSession(under, { url: `${peer.url}${path}` }, async (session) => {
          expect(await session.send(batchOf(envelopes(2)))).toEqual({ kind: 'acked' });
          await session.check();
          const outside = peer.requests.filter(({ path: seen }) => !seen.startsWith('/prefix/1/'));
          expect(outside.map(({ path: seen }) => seen)).toEqual([]);
        }),
      );
    });
  }
}

/** What a peer refuses to do without, `check` needs as well as `send`. */
function headerCase<Config>(under: HttpSinkUnderTest<Config>): void {
  const { requiredHeaders: names = [] } = under;
  if (names.length === 0) return;
  test(`sends with each request what its peer requires: ${names.join(', ')}`, { timeout: CASE_MS }, () =>
    withClosed(startPeer(under.accepted), (peer) =>
      withSession(under, { url: peer.url }, async (session) => {
        await session.send(batchOf(envelopes(2)));
        await session.send(batchOf(envelopes(2), true));
        await session.check();
        const missing = peer.requests.flatMap(({ method, path, headers }) =>
          names
            .filter((name) => (headers[name.toLowerCase()] ?? '') === '')
            .map((name) => `${method} ${path} without ${name}`),
        );
        expect(missing).toEqual([]);
      }),
    ),
  );
}

/** Many peers tell copies by their text: a time of sending, a number or a nonce in an event makes a second event of it. */
function copyCase<Config>(under: HttpSinkUnderTest<Config>): void {
  test('sends each copy of an event as the same bytes', { timeout: CASE_MS }, () =>
    withClosed(startPeer(under.accepted), (peer) =>
      withSession(under, { url: peer.url }, async (session) => {
        const list = envelopes(Math.min(3, session.limits.maxEvents));
        await session.send(batchOf(list));
        await nextMillisecond();
        await session.send(batchOf(list, true));
        const textIn = under.textIn ?? (({ text }) => text);
        const [first, second] = deliveriesTo(under, peer).map((request) => textIn(request));
        expect(first).not.toBe(undefined);
        expect(second).toBe(first);
      }),
    ),
  );
}

/** For a sink that reads a clock of its own. */
async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await new Promise(setImmediate);
}

async function withClosed<T extends { close(): Promise<void> }>(
  starting: Promise<T>,
  run: (started: T) => Promise<void>,
): Promise<void> {
  const started = await starting;
  try {
    await run(started);
  } finally {
    await started.close();
  }
}

interface Way extends Pick<Peer, 'url'> {
  /** What the environment names as the proxy for `url` and nothing else. */
  readonly proxy?: string;
}

/** A sink whose clock goes on by a second each time that it looks. */
async function withSession<Config>(
  under: HttpSinkUnderTest<Config>,
  { url, proxy }: Way,
  run: (session: Session) => Promise<void>,
): Promise<void> {
  const { origin } = new URL(url);
  let seconds = 0;
  const context = {
    now: () => NOW_MS + 1_000 * seconds++,
    proxyFor: (asked: string) => (new URL(asked).origin === origin ? proxy : undefined),
  };
  const session = await Session.open({ plugin: under.plugin, config: under.configFor({ url }), context });
  try {
    await run(session);
  } finally {
    await session.close();
  }
}
