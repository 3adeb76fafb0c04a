/** The sink test kit: cases that every sink must pass, and a peer that misbehaves on request. */
export { type TestContext, testContext } from './context.ts';
export { describeHttpSink } from './describe-http-sink.ts';
export { describeSink } from './describe-sink.ts';
export { batchOf, envelopes } from './envelopes.ts';
export { type Peer, type PeerRequest, type Reply, type Script, startPeer } from './peer.ts';
export type { HttpSinkUnderTest, SinkUnderTest } from './under-test.ts';
