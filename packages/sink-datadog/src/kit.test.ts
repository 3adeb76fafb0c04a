/** What every sink must pass, for each of the ways in which this one behaves differently. */
import { describeHttpSink, type PeerRequest, testContext } from '@audit-relay/sink-testkit';
import { datadog } from './plugin.ts';

/** The intake goes by the time of the kit. */
const date = new Date(testContext().now()).toUTCString();

const SECRET = '0123456789abcdef0123456789abcdef';

for (const { name, config } of [
  { name: 'packed', config: {} },
  { name: 'not packed, with tags and a host', config: { gzip: false, tags: ['env:prod'], hostname: 'h' } },
]) {
  describeHttpSink({
    plugin: datadog,
    name,
    secret: SECRET,
    configFor: ({ url }) => ({ url, api_key: SECRET, request_timeout: '1s', ...config }),
    idsIn,
    accepted: { status: 202, headers: { date }, body: '{}' },
    saysYesIn: { status: '202 is the intake’s whole yes; its body is empty or {}' },
    partial: { none: 'it answers for a request as a whole' },
    partialRetryable: { none: 'it answers for a request as a whole' },
    shortYes: { none: 'its yes counts nothing' },
  });
}

describeHttpSink({
  plugin: datadog,
  name: 'with an Observability Pipelines Worker',
  secret: SECRET,
  configFor: ({ url }) => ({ url, api_key: SECRET, request_timeout: '1s', receiver: 'worker' }),
  idsIn: ({ text }) => messagesIn(text).map((message) => (JSON.parse(message) as Entry).evt.id),
  textIn: ({ text }) => messagesIn(text).join('\n'),
  accepted: { status: 200, headers: { date } },
  saysYesIn: { status: 'a worker answers with 200 and an empty body' },
  statusOf: { 202: { expect: 'acked', because: 'it is the yes of the intake, which may answer in a worker’s place' } },
  partial: { none: 'it answers for a request as a whole' },
  partialRetryable: { none: 'it answers for a request as a whole' },
  shortYes: { none: 'its yes counts nothing' },
});

interface Entry {
  readonly evt: { readonly id: string };
}

function messagesIn(text: string): readonly string[] {
  return (JSON.parse(text) as readonly { readonly message: string }[]).map(({ message }) => message);
}

function idsIn({ text }: PeerRequest): readonly string[] {
  return (JSON.parse(text) as readonly Entry[]).map(({ evt }) => evt.id);
}
