/** The sink as core opens it, for what one `send` says and leaves behind. */
import type { Batch, SendResult, Sink, SinkContext } from '@audit-relay/sink';
import { elasticsearch } from '@audit-relay/sink-elasticsearch';
import { type TestContext, testContext } from '@audit-relay/sink-testkit';
import { onTestFinished } from 'vitest';

export interface OpenSink {
  /** One `send` that nobody aborts. */
  send(batch: Batch): Promise<SendResult>;
  readonly sink: Sink;
  /** What it logged and counted. */
  readonly context: TestContext;
}

/** Opens the sink for the running test, which closes it. `keys` are those of the YAML. */
export async function openSink(url: string, keys: object, given: Partial<SinkContext> = {}): Promise<OpenSink> {
  const context = testContext(given);
  const config = elasticsearch.configSchema.parse({ nodes: [url], ...keys });
  const sink = await elasticsearch.open(config, context);
  onTestFinished(() => sink.close());
  const call = { signal: new AbortController().signal, accepted: () => undefined };
  return { sink, context, send: (batch) => sink.send(batch, call) };
}

/** What all failures of a result have in common, with the places they are at. */
export function failuresOf(result: SendResult): readonly { readonly index: number; readonly kind: string }[] {
  return result.kind === 'partial' ? result.failures.map(({ index, failure }) => ({ index, kind: failure.kind })) : [];
}
