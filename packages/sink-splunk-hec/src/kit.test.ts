/** What every sink must pass, for each of the ways in which this one behaves differently. */
import { describeHttpSink, type PeerRequest, type Reply } from '@audit-relay/sink-testkit';
import { type EmulatorReply, Indexer } from './emulator/index.ts';
import { answer } from './emulator/indexer.ts';
import { splunkHec } from './plugin.ts';

const SECRET = '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab';

const ways: readonly { readonly name: string; readonly config: object; readonly useAck: boolean }[] = [
  { name: 'with a token that does not acknowledge', config: {}, useAck: false },
  { name: 'with indexer acknowledgment', config: { indexer_ack: 'required', ack_poll_interval: '10ms' }, useAck: true },
  { name: 'with acknowledgment of the token left alone', config: { indexer_ack: 'off' }, useAck: true },
];

for (const { name, config, useAck } of ways) {
  const collector = new Indexer({
    tokens: new Map([[SECRET, { useAck }]]),
    queueEvents: 1e6,
    maxPendingAcks: 1e6,
    maxRequestBytes: 1e9,
    warnsAt80: false,
    indexesAtOnce: true,
  });
  describeHttpSink({
    plugin: splunkHec,
    name,
    secret: SECRET,
    configFor: ({ url }) => ({ url, token: SECRET, request_timeout: '1s', ack_timeout: '5s', ...config }),
    idsIn,
    accepted: (request) => replyOf(collector.handle(request)),
    saysYesIn: 'body',
    partial: (_, index) => replyOf(answer(6, { 'invalid-event-number': index })),
    partialRetryable: { none: 'Splunk is busy as a whole or not at all' },
    shortYes: { none: 'Splunk’s yes counts nothing' },
  });
}

describeHttpSink({
  plugin: splunkHec,
  name: 'with a receiver that is not Splunk',
  secret: SECRET,
  configFor: ({ url }) => ({ url, token: SECRET, request_timeout: '1s', receiver: 'other' }),
  idsIn,
  accepted: { status: 200 },
  saysYesIn: { status: 'receivers of the protocol answer with an empty body or words of their own' },
  partial: { none: 'it does not say which of the events it refuses' },
  partialRetryable: { none: 'it takes all of a request or nothing' },
  shortYes: { none: 'its yes counts nothing' },
});

function idsIn({ path, text }: PeerRequest): readonly string[] {
  if (!path.startsWith('/services/collector/event')) return [];
  return text.split('\n').flatMap((line) => idOf(line));
}

/** Of an envelope as the sink writes it; what `check` asks with has none. */
function idOf(line: string): readonly string[] {
  const { fields } = JSON.parse(line) as { fields?: { event_id: string } };
  return fields === undefined ? [] : [fields.event_id];
}

function replyOf({ status, headers = {}, body }: EmulatorReply): Reply {
  return { status, headers, body };
}
