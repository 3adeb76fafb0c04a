/** A relay that can be asked and told something, be it in this process or in an agent, over its journal's socket. */
import { type Relay, RelayError, type RelayStatus, type readJournal } from '@audit-relay/core';
import { z } from 'zod';
import type { BackfillProgress, BackfillRequest } from './backfill/request.ts';

export type ReplayRequest = Parameters<Relay['replay']>[0];

/** Each throws a RelayError when it cannot be had: its words are for the user. */
export interface RelayAccess {
  /** Gives the request; resolves when it is on disk, with where it stands then. */
  begin(request: BackfillRequest): Promise<BackfillProgress>;
  progress(request: BackfillRequest): Promise<BackfillProgress>;
  status(): Promise<RelayStatus>;
  /** Asks dead letters to go again, or drops them; resolves with how many when that is on disk. */
  letters(action: 'retry' | 'drop', keys: Parameters<Relay['dropDeadLetters']>[0]): Promise<number>;
  /** Gives the request; resolves when it is on disk, with when it was asked for. */
  replay(request: ReplayRequest): Promise<number>;
  /** Resolves with whether there was a replay to end. */
  stopReplay(sink: string): Promise<boolean>;
}

export function relayHere(relay: Relay): RelayAccess {
  return {
    begin: async (request) => {
      await relay.backfill(request);
      return relay.backfillProgress(request);
    },
    progress: async (request) => relay.backfillProgress(request),
    status: async () => relay.status(),
    letters: (action, keys) => (action === 'retry' ? relay.retryDeadLetters(keys) : relay.dropDeadLetters(keys)),
    replay: (request) => relay.replay(request),
    stopReplay: (sink) => relay.stopReplay(sink),
  };
}

/** A status is put together in a moment; a person waits for it. */
const STATUS_MS = 1_500;

/** A journal as another process reads it. */
export type JournalReader = Awaited<ReturnType<typeof readJournal>>;

/** What an agent may answer: of another version's more than this may be there. */
const answerSchema = z.union([
  z.object({
    progress: z.object({
      wholeSeconds: z.number(),
      leftSeconds: z.number(),
      paused: z.record(z.string(), z.string()),
      windows: z.number(),
      events: z.number(),
      requests: z.number(),
      atOnce: z.number(),
    }),
  }),
  z.object({ status: z.looseObject({ sources: z.looseObject({}), lanes: z.looseObject({}) }) }),
  z.object({ changed: z.number() }),
  z.object({ replay: z.number() }),
  z.object({
    delivered: z.object({
      events: z.array(z.object({ entry: z.looseObject({ raw: z.string() }), replay: z.boolean() })),
      after: z.number(),
      missed: z.number(),
    }),
  }),
  z.object({ code: z.string(), problem: z.string() }),
]);

export function relayOf(reader: Pick<JournalReader, 'ask' | 'isHeld'>): RelayAccess {
  const changedBy = async (question: object): Promise<number> => {
    const answer = await ask(reader, question);
    if ('changed' in answer) return answer.changed;
    throw silent();
  };
  const progressOf = async (question: object): Promise<BackfillProgress> => {
    const answer = await ask(reader, question);
    if ('progress' in answer) return answer.progress;
    throw silent();
  };
  return {
    begin: (request) => progressOf({ request: 'backfill', ...request }),
    progress: (request) => progressOf({ request: 'progress', ...request }),
    letters: (action, keys) => changedBy({ request: action, letters: keys }),
    replay: async (request) => {
      const answer = await ask(reader, { request: 'replay', ...request });
      if ('replay' in answer) return answer.replay;
      throw silent();
    },
    stopReplay: async (sink) => (await changedBy({ request: 'stop_replay', sink })) > 0,
    status: async () => {
      const answer = await ask(reader, { request: 'status' }, STATUS_MS);
      // An agent writes its own status there, and sources and lanes are what is used of it.
      if ('status' in answer) return answer.status as unknown as RelayStatus;
      throw silent();
    },
  };
}

/** What a sink of the agent has just taken; as `lane/health/deliveries.ts` of the core has it. */
export interface DeliveredPortion {
  readonly entries: readonly Entry[];
  readonly after: number;
  readonly missed: number;
}

/** The next portion after `after`; without it, from now on. @throws RelayError `SINK_UNKNOWN`, `AGENT_GONE`, `AGENT_SILENT` */
export async function deliveredTo(
  reader: Pick<JournalReader, 'ask' | 'isHeld'>,
  sink: string,
  after: number | undefined,
): Promise<DeliveredPortion> {
  const question = { request: 'delivered', sink, ...(after === undefined ? {} : { after }) };
  const answer = await ask(reader, question);
  if (!('delivered' in answer)) throw silent();
  const { events, ...rest } = answer.delivered;
  // An agent writes its own entries there.
  return { ...rest, entries: events.map(({ entry }) => entry as unknown as Entry) };
}

/** An event as it stands in the journal. */
export type Entry = ReturnType<JournalReader['tail']>['entries'][number];

type ControlReply = Exclude<z.infer<typeof answerSchema>, { readonly problem: string }>;

async function ask(
  reader: Pick<JournalReader, 'ask' | 'isHeld'>,
  question: object,
  limitMs?: number,
): Promise<ControlReply> {
  const answer = await reader.ask({ ...question }, limitMs);
  if (answer === undefined && !(await reader.isHeld())) throw gone();
  const read = answerSchema.safeParse(answer);
  if (!read.success) throw silent();
  if ('problem' in read.data) throw new RelayError(read.data.code, read.data.problem);
  return read.data;
}

function gone(): RelayError {
  return new RelayError(
    'AGENT_GONE',
    'the agent has ended; a request that it took stays in the journal and goes on at its next start',
  );
}

function silent(): RelayError {
  return new RelayError(
    'AGENT_SILENT',
    'an agent runs on the journal and does not answer this: it is just starting or ending, it hangs, or it is of another version: try again, else restart it',
  );
}
