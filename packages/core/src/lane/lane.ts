/**
 * A lane: one sink's way through the core, from the journal to the peer. Lanes share nothing but the
 * journal and the rendered text, so what one suffers no other feels. Its rooms follow the data: `read/` takes entries from the
 * journal and makes batches of documents, `send/` has the way to the peer, `settle/` says what an answer means and notes what
 * became of each event, `health/` shows how it goes. `deliver.ts` takes a batch through them.
 */
import type { Envelope } from '@audit-relay/sink';
import type { Entry } from '../entry.ts';
import type { LaneStatus } from '../status.ts';
import { Delivery } from './deliver.ts';
import { LaneReport } from './health/report.ts';
import { laneStatus } from './health/status.ts';
import type { Held } from './held.ts';
import { LaneLife } from './life.ts';
import type { Lane, LaneDependencies, LaneOptions } from './options.ts';
import { batchEntries } from './read/batcher.ts';
import { withoutEarlier } from './read/earlier.ts';
import { prepareEntries } from './read/prepare.ts';
import { readEntries } from './read/reader.ts';
import type { Rendered } from './read/rendered.ts';
import { runningLane } from './running-lane.ts';
import { Breaker } from './send/breaker.ts';
import { Slots } from './send/concurrency.ts';
import { Exclusions } from './send/exclusions.ts';
import { LiveSink } from './send/live-sink.ts';
import { Sender } from './send/sender.ts';
import { DeadLetterQueue } from './settle/dead-letter-queue.ts';
import { Judge } from './settle/judge.ts';
import { Persistence } from './settle/persistence.ts';
import { Progress } from './settle/progress.ts';
import { Refusals } from './settle/refusals.ts';
import { Replays } from './settle/replays.ts';
import { Settler } from './settle/settler.ts';
import { termsOf } from './terms.ts';

export type { Lane, LaneDependencies, LaneOptions } from './options.ts';

/**
 * Puts a lane together, in the order of the data: entries are read, filtered and rendered, cut into batches, sent, judged by
 * the answer, and settled. Each step takes from the one before only as much as it can pass on, so that a slow peer costs no
 * memory.
 * @throws RelayError `FORMAT_UNSUPPORTED` when the sink does not take the configured format, `SINK_LIMITS_INVALID` when
 *   its limits cannot be kept, `SINK_EXCLUSIONS_INVALID` when its exclusions cannot.
 */
export function openLane(options: LaneOptions, dependencies: LaneDependencies): Lane {
  const { name, plugin, sinkConfig, config } = options;
  const { journal, when, runtime, onAcked, onRefused } = dependencies;
  const { limits, rules, shape, concurrency, ...terms } = termsOf(options);
  const { format } = shape;
  const report = new LaneReport({ name, runtime, onAcked, onRefused });
  const { health, tally } = report;
  const life = new LaneLife({ name, health, runtime });
  const breaker = new Breaker(runtime, life.draining);
  const exclusions = new Exclusions({ name, rules: terms.exclusions, runtime });

  // Three ways into the lane, each with its own record of what is settled: the journal, dead letters that go again, replays.
  const persistence = new Persistence({ runtime, breaker, health });
  const refusals = new Refusals(journal.refusals);
  const progress = new Progress({ journal, maxAhead: config.max_ahead, refusals, persistence, life });
  const ways = { name, runtime, persistence, life };
  const deadLetterQueue = new DeadLetterQueue({ ...ways, deadLetters: dependencies.deadLetters });
  const replays = new Replays({ ...ways, journal: dependencies.replays });
  const settler = new Settler({ name, progress, deadLetterQueue, replays, persistence, exclusions, tally, runtime });

  // Filtered, rendered and cut into batches all of them are alike.
  const gone = new AbortController();
  const render = dependencies.renderFor(shape, gone.signal);
  const renderAgain = (entry: Entry): Envelope => dependencies.renderAlone(entry, shape);
  const maxEventBytes = Math.min(limits.maxEventBytes, limits.maxBytes);
  const preparation = { name, when, render, renderAgain, maxEventBytes, progress, settler, tally, runtime };
  const batched = (entries: AsyncIterable<readonly Held[]>): AsyncIterable<readonly Rendered[]> =>
    batchEntries(prepareEntries(entries, preparation), rules, runtime);
  const read = readEntries(journal, progress, life.draining);
  const batches = [
    batched(withoutEarlier(read, journal.fromMs ?? Number.NEGATIVE_INFINITY, { settler, tally })),
    batched(deadLetterQueue.retries()),
    batched(replays.entries()),
  ];

  // Sends, judges the answer and settles; what is left of a batch goes round again.
  const context = { ...dependencies.context, format, count: (code: string, n: number) => tally.count(code, n) };
  const sink = new LiveSink({ name, plugin, config: sinkConfig, context, runtime });
  const sender = new Sender({ name, limits, sink, exclusions, tally, runtime, ended: life.ended });
  const judge = new Judge({ refusals, progress, tally, poisonAfterMs: config.poison_after, runtime });
  const slots = new Slots(concurrency);
  const delivery = new Delivery({ slots, breaker, sender, judge, report, settler, life, runtime });

  const { type } = plugin;
  const status = (): LaneStatus => laneStatus({ type, format, report, exclusions, progress, delivery, slots, sender });
  const run = (): Promise<void> => delivery.run(batches).finally(() => gone.abort());
  return runningLane({ run, status, life, breaker, sink, settler, health, runtime });
}
