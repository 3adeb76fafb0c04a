/** The webhook sink with one bad habit at a time, each with the case of the kit that must notice. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Envelope, SendResult } from '@audit-relay/sink';
import { z } from 'zod';
import { batchOf, envelopes } from '../envelopes.ts';
import {
  checking,
  type Mutant,
  never,
  openedWith,
  type Plugin,
  saying,
  sending,
  sinkWith,
  telling,
} from './broken-sink.ts';
import { webhook } from '../examples/webhook.ts';

/** Answers all sends that are in flight together as the first of them. */
const confused: Plugin = sinkWith((sink) => {
  let first: Promise<SendResult> | undefined;
  return {
    send: async (batch, call) => {
      const own = sink.send(batch, call);
      first ??= own;
      const answer = await first;
      await own;
      first = undefined;
      return answer;
    },
  };
});

const DAY_MS = 86_400_000;
const OLD = { name: 'old', events: 'events that were older than a day when received' };

const isYoung = ({ timeMs, receivedMs }: Envelope): boolean => receivedMs - timeMs <= DAY_MS;

/** As a sink with such a rule does it, but that the rule is told by whoever uses this. */
function excludingOld(): Plugin {
  return sinkWith((sink) => ({
    send: async (batch, call) => {
      const young = batch.envelopes.filter(isYoung);
      const result: SendResult = young.length === 0 ? { kind: 'acked' } : await sink.send(batchOf(young, batch.replay), call);
      if (result.kind !== 'acked' || young.length === batch.envelopes.length) return result;
      const failure = { kind: 'excluded', rule: 'old', reason: 'older than a day' } as const;
      const failures = batch.envelopes.flatMap((one, index) => (isYoung(one) ? [] : [{ index, failure }]));
      return { kind: 'partial', acked: young.length, failures };
    },
  }));
}

/** As a sink whose body is bytes, which then does `alter` with each envelope. */
function takingBytes(alter: (envelope: Envelope) => Envelope): Plugin {
  return {
    ...sending(({ envelopes: list, bytes, replay }, call) => [{ envelopes: list.map(alter), bytes, replay }, call]),
    document: () => ({ formats: ['ecs', 'ocsf', 'raw'], taken: 'bytes' }),
  };
}

/** Each is caught in a few seconds. */
export const CONDUCT_MUTANTS: readonly Mutant[] = [
  {
    name: 'spreads envelopes that it takes as bytes',
    caughtBy: 'delivers documents that it takes as bytes unchanged',
    plugin: takingBytes((envelope) => ({ ...envelope })),
  },
  {
    name: 'counts letters for bytes where it takes bytes',
    caughtBy: 'delivers documents that it takes as bytes unchanged',
    plugin: takingBytes((envelope) => {
      if (envelope.copyTo === undefined) return envelope;
      const target = Buffer.alloc(envelope.bytes);
      envelope.copyTo(target, 0);
      return { ...envelope, json: target.toString('utf8', 0, envelope.json.length), facts: envelope.facts };
    }),
  },
  {
    name: 'calls itself something else',
    caughtBy: 'names itself by context.userAgent',
    plugin: openedWith((context) => ({ ...context, userAgent: 'node' })),
  },
  ...[
    { name: 'gives files of folders it chooses', file: { name: '../a.tgz', content: 'a', detail: 'a' } },
    { name: 'gives files without a word about them', file: { name: 'a.tgz', content: 'a', detail: '' } },
    { name: 'gives files with a number in them that counts', file: { name: 'a.tgz', detail: 'a' } },
  ].map(({ name, file }): Mutant => {
    let count = 0;
    const content = (): Buffer => Buffer.from(file.content ?? String((count += 1)));
    return {
      name,
      caughtBy: 'gives the same files each time, each with a plain name and what it is',
      plugin: { ...webhook, files: async () => [{ ...file, content: content() }] },
    };
  }),
  {
    name: 'gives no reason why it cannot overwrite',
    caughtBy: 'says why it cannot overwrite, or nothing',
    plugin: { ...webhook, overwriteRefusal: () => ' ' },
  },
  {
    name: 'leaves as it is what it should overwrite',
    caughtBy: 'writes a batch that overwrites, though it has been delivered',
    plugin: {
      ...sinkWith((sink) => ({
        send: async (batch, call) => (batch.overwrite === true ? { kind: 'acked' } : sink.send(batch, call)),
      })),
      overwriteRefusal: () => undefined,
    },
  },
  {
    name: 'calls accepted() twice',
    caughtBy: 'calls accepted() once at most, and only with maxUnackedBytes',
    plugin: {
      ...sinkWith((sink) => ({
        send: (batch, call) => {
          call.accepted();
          call.accepted();
          return sink.send(batch, call);
        },
      })),
      limits: (config) => ({ ...webhook.limits(config), maxUnackedBytes: 10_000_000, confirmMs: 900 }),
    },
  },
  {
    name: 'calls accepted() without saying that it does',
    caughtBy: 'calls accepted() once at most, and only with maxUnackedBytes',
    plugin: sending((batch, call) => {
      call.accepted();
      return [batch, call];
    }),
  },
  { name: 'mixes up the answers', caughtBy: 'gives each of its sends its own answer', plugin: confused },
  {
    name: 'leaves its sockets open',
    caughtBy: 'leaves no socket open when it is closed',
    plugin: sinkWith(() => ({ close: async () => undefined })),
  },
  {
    name: 'leaves the sockets of fetch to time out',
    caughtBy: 'leaves no socket open when it is closed',
    // Node's own `fetch` drops an idle connection after 4 s unless the peer says that it keeps it longer.
    plugin: sinkWith((sink, { url }) => ({
      check: async (signal) => {
        const answer = await fetch(`${url}/health`).catch(() => undefined);
        await answer?.text();
        return sink.check(signal);
      },
    })),
  },
  {
    name: 'cannot be closed twice',
    caughtBy: 'can be closed without a send, and twice',
    plugin: sinkWith((sink) => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw new Error('is closed');
          closed = true;
          await sink.close();
        },
      };
    }),
  },
  {
    name: 'needs the peer to open',
    caughtBy: 'opens though the peer is out of reach, and holds the events',
    plugin: {
      ...webhook,
      open: async (config, context) => {
        await bodyAt(`${config.url}/health`);
        return webhook.open(config, context);
      },
    },
  },
  {
    name: 'takes test events and does not say how they are found',
    caughtBy: 'says of a test event how it is found',
    plugin: { ...webhook, locate: () => 'look into the index' },
  },
  {
    name: 'has a type that no package can be named after',
    caughtBy: 'has a hyphened type',
    plugin: { ...webhook, type: 'Web_Hook' },
  },
  {
    name: 'takes no format',
    caughtBy: 'states which documents it takes',
    plugin: { ...webhook, document: () => ({ formats: [] }) },
  },
  {
    name: 'takes any key',
    caughtBy: 'takes the config and refuses an unknown key',
    plugin: {
      ...webhook,
      configSchema: z.object({ url: z.url(), token: z.string(), timeout_ms: z.int().default(10_000) }),
    },
  },
  {
    name: 'states no limit',
    caughtBy: 'states limits that core can keep',
    plugin: { ...webhook, limits: (config) => ({ ...webhook.limits(config), maxBytes: Number.POSITIVE_INFINITY }) },
  },
  {
    name: 'states a limit that nobody can hold',
    caughtBy: 'states limits that core can keep',
    plugin: { ...webhook, limits: (config) => ({ ...webhook.limits(config), maxEvents: 1e9 }) },
  },
  {
    name: 'sends less than its limits promise',
    caughtBy: 'delivers a batch of as many events as it takes',
    plugin: telling((result, { envelopes: list }) =>
      list.length > 400 ? { kind: 'too_large', reason: 'more than the peer takes' } : result,
    ),
  },
  {
    name: 'takes old events and does not send them',
    caughtBy: 'delivers events of any age, or says that it excludes them',
    plugin: sending((batch, call) => [batchOf(batch.envelopes.filter(isYoung)), call]),
  },
  {
    name: 'excludes old events by a rule that it has not told',
    caughtBy: 'delivers events of any age, or says that it excludes them',
    plugin: excludingOld(),
  },
  {
    name: 'excludes younger events than it says',
    caughtBy: 'delivers events of any age, or says that it excludes them',
    plugin: { ...excludingOld(), exclusions: () => [{ ...OLD, maxAgeMs: 100 * DAY_MS }] },
  },
  {
    name: 'says that it excludes what it sends',
    caughtBy: 'delivers events of any age, or says that it excludes them',
    plugin: { ...webhook, exclusions: () => [{ ...OLD, maxAgeMs: DAY_MS }] },
  },
  {
    name: 'excludes by a name that nobody can count by',
    caughtBy: 'states what it excludes so that it can be told and counted',
    plugin: { ...webhook, exclusions: () => [{ ...OLD, name: 'when' }] },
  },
  {
    name: 'throws from check',
    caughtBy: 'check says what to do when the peer is out of reach',
    plugin: checking(async (sink, signal) => {
      const checks = await sink.check(signal);
      if (checks.some(({ verdict }) => verdict === 'fail')) throw new Error('not healthy');
      return checks;
    }),
  },
  {
    name: 'throws from check when a page answers',
    caughtBy: 'check does not throw when the peer answers with a page of HTML',
    plugin: sinkWith((sink, { url }) => ({
      check: async (signal) => {
        JSON.parse(await bodyAt(`${url}/health`).catch(() => '{}'));
        return sink.check(signal);
      },
    })),
  },
  {
    name: 'finds faults without a fix',
    caughtBy: 'check says what to do when the peer refuses the credential, without quoting it',
    plugin: checking(async (sink, signal) =>
      (await sink.check(signal)).map(({ name, verdict, detail }) => ({ name, verdict, detail })),
    ),
  },
  {
    name: 'checks by sending an event',
    caughtBy: 'check finds a healthy peer healthy and changes nothing there',
    plugin: checking(async (sink, signal) => {
      await sink.send(batchOf(envelopes(1)), { signal, accepted: () => undefined });
      return sink.check(signal);
    }),
  },
];

/** What a GET brings, on a connection of its own. */
async function bodyAt(url: string): Promise<string> {
  const request = get(url, { agent: false });
  // The first argument of `response` is the message.
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
}

/** Caught only after core's patience is over; run with the one case that is meant. */
export const PATIENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'stops at its own timeout only',
    caughtBy: 'stops at once when the signal fires before there is an answer',
    plugin: {
      ...sending((batch, call) => {
        call.signal.throwIfAborted();
        return [batch, { ...call, signal: never }];
      }),
      configSchema: z.strictObject({
        url: z.url(),
        token: z.string(),
        timeout_ms: z.int().transform(() => 20_000),
      }),
    },
  },
  {
    name: 'forgets its caller when it is stopped',
    caughtBy: 'stops at once when the signal fires before there is an answer',
    plugin: sinkWith((sink) => ({
      send: (batch, call) => sink.send(batch, call).catch(() => new Promise<never>(() => undefined)),
    })),
  },
  {
    name: 'hangs for ever',
    caughtBy: 'gives up by itself within sendMs on a peer that never answers',
    plugin: sinkWith((sink) => ({
      send: async (batch, call) => {
        const result = await sink.send(batch, { ...call, signal: never });
        return saying(result, 'no answer') ? new Promise<never>(() => undefined) : result;
      },
    })),
  },
];
