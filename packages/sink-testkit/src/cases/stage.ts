/** The world of one basic case: a prepared peer with a sink opened on it, both gone afterwards. */
import { Session } from '../session.ts';
import type { Delivered, PreparedPeer, SinkUnderTest } from '../under-test.ts';

/** No case hangs (each wait is bounded), but a hung peer is waited for as long as the sink's `sendMs` says. */
export const CASE_MS = 300_000;

/** What a basic case works with. */
export interface Stage {
  readonly session: Session;
  /** The config that the sink was opened with, as the author gave it. */
  readonly config: unknown;
  delivered(): Promise<Delivered>;
  /** A second sink with the same config. The case closes it. */
  openAnother(): Promise<Session>;
}

/** Runs one case on a peer of its own; the sink and the peer are ended whatever happens. */
export async function onStage<Config>(
  under: SinkUnderTest<Config>,
  run: (stage: Stage) => Promise<void>,
): Promise<void> {
  await withPeer(under, async (peer) => {
    const { plugin } = under;
    const open = (): Promise<Session> => Session.open({ plugin, config: peer.config });
    const session = await open();
    try {
      await run({ session, config: peer.config, delivered: () => peer.delivered(), openAnother: open });
    } finally {
      await session.close();
    }
  });
}

/** As `onStage`, without a sink. */
export async function withPeer<Config>(
  under: SinkUnderTest<Config>,
  run: (peer: PreparedPeer) => Promise<void>,
): Promise<void> {
  const peer = await under.prepare();
  try {
    await run(peer);
  } finally {
    await peer.stop();
  }
}

/** Opens a sink whose peer cannot be reached, for one case. */
export async function unreached<Config>(
  plugin: SinkUnderTest<Config>['plugin'],
  config: unknown,
  run: (session: Session) => Promise<void>,
): Promise<void> {
  const session = await Session.open({ plugin, config });
  try {
    await run(session);
  } finally {
    await session.close();
  }
}
