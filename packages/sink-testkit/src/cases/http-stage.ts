/** The world of one HTTP case: a peer, a sink opened while it was healthy, and then the fault. */
import { type Peer, type PeerRequest, replyOf, type Script, startPeer } from '../peer.ts';
import { Session } from '../session.ts';
import { type HttpSinkUnderTest, plainSecret, type SinkUnderTest } from '../under-test.ts';

/** What an HTTP case works with. */
export interface HttpStage {
  readonly peer: Peer;
  readonly session: Session;
  /** The requests that delivered events, in order. */
  deliveries(): readonly PeerRequest[];
}

/**
 * Runs one case. The sink is opened at a healthy peer; from then on `fault` answers what delivers
 * events, and everything when it is a plain reply that resets before the body.
 */
export async function onHttpStage<Config>(
  under: HttpSinkUnderTest<Config>,
  fault: Script,
  run: (stage: HttpStage) => Promise<void>,
): Promise<void> {
  const peer = await startPeer(under.accepted);
  try {
    const session = await Session.open({ plugin: under.plugin, config: under.configFor(peer) });
    try {
      peer.answer(resetsEarly(fault) ? fault : onDeliveries(under, fault));
      await run({ peer, session, deliveries: () => deliveriesTo(under, peer) });
    } finally {
      await session.close();
    }
  } finally {
    await peer.close();
  }
}

/** Answers what delivers events by `script`, and all else as a healthy peer. */
export function onDeliveries<Config>(under: HttpSinkUnderTest<Config>, script: Script): Script {
  return (request) => replyOf(idsOf(under, request).length > 0 ? script : under.accepted, request);
}

/** The events in one request; none in one without a body. */
export function idsOf<Config>(under: HttpSinkUnderTest<Config>, request: PeerRequest): readonly string[] {
  return request.text === '' ? [] : under.idsIn(request);
}

/** The HTTP sink as the basic cases see it. */
export function basicsOf<Config>(under: HttpSinkUnderTest<Config>): SinkUnderTest<Config> {
  const { plugin, name, secret } = under;
  return {
    plugin,
    secret: plainSecret(secret),
    ...(name === undefined ? {} : { name }),
    unreachable: async () => under.configFor(await closedPeer()),
    prepare: async () => {
      const peer = await startPeer(under.accepted);
      return {
        config: under.configFor(peer),
        delivered: async () => {
          const requests = deliveriesTo(under, peer);
          const textIn = under.textIn ?? (({ text }: PeerRequest): string => text);
          return { ids: requests.flatMap((request) => idsOf(under, request)), text: requests.map(textIn).join('\n') };
        },
        stop: () => peer.close(),
      };
    },
  };
}

/** A peer whose port refuses connections. */
export async function closedPeer(): Promise<Pick<Peer, 'url'>> {
  const peer = await startPeer({});
  await peer.close();
  return peer;
}

/** The requests that delivered events, in order. */
export function deliveriesTo<Config>(under: HttpSinkUnderTest<Config>, peer: Peer): readonly PeerRequest[] {
  return peer.requests.filter((request) => idsOf(under, request).length > 0);
}

function resetsEarly(script: Script): boolean {
  return typeof script !== 'function' && script.fault === 'reset_before_body';
}
