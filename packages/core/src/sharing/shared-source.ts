/**
 * A source of a journal that several processes use: it is read by the one that the journal gives it to, from the checkpoint of
 * whoever had it before. Until then, and after, this process asks the API nothing for it.
 */
import { hasCode, RelayError } from '../errors.ts';
import type { Journal, SourceJournal } from '../journal/journal.ts';
import type { Share } from '../journal/sharing.ts';
import type { Runtime } from '../runtime.ts';
import type { SourceConfig } from '../source/config.ts';
import type { Source } from '../source/options.ts';
import { SharedPart } from './shared-part.ts';

export interface OwnSourceOptions {
  readonly name: string;
  readonly config: SourceConfig;
  readonly runtime: Pick<Runtime, 'sleep' | 'log'>;
  /** @throws as `openSource` does */
  open(journal: SourceJournal, config: SourceConfig): Source;
  /** @throws what `open` would, and opens nothing */
  refuse(config: SourceConfig): void;
}

export interface SharedSourceOptions extends OwnSourceOptions {
  next(signal: AbortSignal): Promise<Share<SourceJournal>>;
}

/** The source as it is read here: always, or while the journal gives it to this process. @throws as `openSource` does */
export function ownSource(journal: Pick<Journal, 'source' | 'sharing'>, options: OwnSourceOptions): Source {
  const { sharing } = journal;
  const { name, config } = options;
  if (sharing === undefined) return options.open(journal.source(name), config);
  return sharedSource({ ...options, next: (signal) => sharing.source(name, signal) });
}

/** @throws as `openSource` does */
export function sharedSource(options: SharedSourceOptions): Source {
  const { name, runtime, next, open, refuse } = options;
  let { config } = options;
  refuse(config);
  const shared = new SharedPart<SourceJournal, Source>({
    name: `source ${name}`,
    stopped: new RelayError('SOURCE_STOPPED', `source ${name} was stopped`),
    runtime,
    next,
    begin: (journal) => {
      const source = open(journal, config);
      source.start();
      return source;
    },
    // Nothing of it takes long: what is not committed is read again.
    end: (source) => source.stop(),
  });
  const owned = async (signal: AbortSignal): Promise<Source> => {
    await shared.known(signal);
    if (shared.part !== undefined) return shared.part;
    throw new RelayError('SOURCE_ELSEWHERE', `another process reads source ${name}: ask that one`);
  };
  return {
    start: () => shared.start(),
    status: () => shared.part?.status() ?? { feeds: {}, requests: 0, failures: {}, backfillSlots: 0 },
    reopen: (changed) => {
      if (shared.part === undefined) refuse(changed);
      else shared.part.reopen(changed);
      config = changed;
    },
    caughtUp: (signal) => caughtUp(shared, signal),
    backfill: async (span, again, signal) => (await owned(signal)).backfill(span, again, signal),
    progressIn: (span) => shared.part?.progressIn(span) ?? NO_PROGRESS,
    stop: () => shared.stop(AbortSignal.abort()),
  };
}

/** Where its share moves on meanwhile, it is caught up when whoever has it is, which is not this process's to know. */
async function caughtUp(shared: SharedPart<SourceJournal, Source>, signal: AbortSignal): Promise<void> {
  for (;;) {
    await shared.known(signal);
    const { part } = shared;
    if (part === undefined) return;
    try {
      return await part.caughtUp(signal);
    } catch (error) {
      if (!hasCode(error, 'SOURCE_STOPPED')) throw error;
      // By its share, or else this throws the same.
      await shared.left(part, signal);
    }
  }
}

const NO_PROGRESS: ReturnType<Source['progressIn']> = {
  wholeSeconds: 0,
  leftSeconds: 0,
  paused: {},
  windows: 0,
  events: 0,
  requests: 0,
  atOnce: 0,
};
