/** The sink test kit: cases that every sink must pass, and a peer that misbehaves on request. */
export { testContext } from './context.ts';
export { describeHttpSink } from './describe-http-sink.ts';
export { describeSink } from './describe-sink.ts';
export { batchOf, envelopes } from './envelopes.ts';
export { type PeerRequest, type Reply, startPeer } from './peer.ts';
