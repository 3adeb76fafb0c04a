/** Ways to break the webhook sink, for the tables of mutants beside this file. */
import type { Batch, Check, Failure, SendCall, SendResult, Sink, SinkContext, SinkPlugin } from '@audit-relay/sink';
import type { HttpSinkUnderTest } from '../under-test.ts';
import { type WebhookConfig, webhook } from '../examples/webhook.ts';
import { webhookUnderTest } from './webhook-under-test.ts';

export interface Mutant {
  /** Completes "a sink that …". */
  readonly name: string;
  /** Title of the case that must fail. */
  readonly caughtBy: string;
  readonly plugin: SinkPlugin<WebhookConfig>;
}

/** With a timeout that lets forty sinks wait it out twice each. */
export const impatient: HttpSinkUnderTest<WebhookConfig> = {
  ...webhookUnderTest,
  configFor: ({ url }) => ({ url, token: 's3cret-token', timeout_ms: 150 }),
};

export type Plugin = SinkPlugin<WebhookConfig>;

/** What a mutant puts in the place of the good sink's methods. */
type Change = (sink: Sink, config: WebhookConfig, context: SinkContext) => Partial<Sink>;

export const sinkWith = (change: Change): Plugin => ({
  ...webhook,
  open: async (config, context) => {
    const sink = await webhook.open(config, context);
    const good: Sink = {
      send: (batch, call) => sink.send(batch, call),
      check: (signal) => sink.check(signal),
      close: () => sink.close(),
    };
    return { ...good, ...change(sink, config, context) };
  },
});

/** Sends as the good sink and tells `tell(result)`. */
export const telling = (tell: (result: SendResult, batch: Batch, config: WebhookConfig) => SendResult): Plugin =>
  sinkWith((sink, config) => ({
    send: async (batch, call) => tell(await sink.send(batch, call), batch, config),
  }));

/** Sends another batch, or by another call, than it was given. */
export const sending = (alter: (batch: Batch, call: SendCall) => readonly [Batch, SendCall]): Plugin =>
  sinkWith((sink) => ({ send: (batch, call) => sink.send(...alter(batch, call)) }));

/** Opened with another context than it was given. */
export const openedWith = (alter: (context: SinkContext) => SinkContext): Plugin => ({
  ...webhook,
  open: (config, context) => webhook.open(config, alter(context)),
});

/** Checks by `check`. */
export const checking = (check: (sink: Sink, signal: AbortSignal) => Promise<readonly Check[]>): Plugin =>
  sinkWith((sink) => ({ check: (signal) => check(sink, signal) }));

export const isFailure = (result: SendResult): result is Failure =>
  result.kind !== 'acked' && result.kind !== 'partial';

/** True for a failure whose reason begins so. */
export const saying = (result: SendResult, start: string): boolean =>
  isFailure(result) && result.reason.startsWith(start);

/** Fires never. */
export const never: AbortSignal = new AbortController().signal;
