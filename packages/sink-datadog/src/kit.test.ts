/** What every sink must pass, for each of the ways in which this one behaves differently. */
import { describeHttpSink, type PeerRequest } from '@audit-relay/sink-testkit';
import { datadog } from './plugin.ts';

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
    accepted: { status: 202, body: '{}' },
    saysYesIn: { status: '202 is the intake’s whole yes; its body is empty or {}' },
    partial: { none: 'it answers for a request as a whole' },
    partialRetryable: { none: 'it answers for a request as a whole' },
    shortYes: { none: 'its yes counts nothing' },
  });
}

function idsIn({ text }: PeerRequest): readonly string[] {
  return (JSON.parse(text) as readonly { readonly evt: { readonly id: string } }[]).map(({ evt }) => evt.id);
}
