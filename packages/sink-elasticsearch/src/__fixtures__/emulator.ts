/** The emulated node behind the kit's peer, so that it misbehaves in all the ways that the kit knows. */
import { type Peer, type Reply, startPeer } from '@audit-relay/sink-testkit';
import { EmulatedNode } from '../emulator/node.ts';

export { actionsIn, failed, ok, refusal } from '../emulator/exchange.ts';

export class Emulator extends EmulatedNode {
  readonly peer: Peer;

  constructor(peer: Peer) {
    super();
    this.peer = peer;
    peer.answer((request) => this.handle(request));
  }

  get url(): string {
    return this.peer.url;
  }

  /** As the node's own, with the kit's faults. */
  override answers(path: RegExp, reply: Reply | undefined, isDone = false): void {
    super.answers(path, reply === undefined ? undefined : { status: 200, headers: {}, body: '', ...reply }, isDone);
  }

  close(): Promise<void> {
    return this.peer.close();
  }
}

export async function startEmulator(): Promise<Emulator> {
  return new Emulator(await startPeer({}));
}
