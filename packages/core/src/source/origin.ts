/**
 * Where a source reads, and whether that is the log whose progress stands in the journal. When the base URL or the
 * key has changed, the newest events that are journaled are looked for through the new one, before anything else is
 * read: a new gateway or a rotated key gives them, another organization does not. `feed.ts` waits for it.
 */
import { hash } from 'node:crypto';
import type { Provenance } from '../entry.ts';
import type { Doubt, Origin, Witness } from '../journal/binding.ts';
import type { SourceJournal } from '../journal/journal.ts';
import type { Runtime } from '../runtime.ts';
import type { Signal } from '../signal.ts';
import { type FeedApi, isPage, isUnfit, type Unfit } from './api/feed-api.ts';
import { fitting, PageLimit } from './api/page-limit.ts';
import type { SourceConfig } from './config.ts';
import type { FeedHealth, ReadFailure } from './health/health.ts';
import { itemOf } from './window/record.ts';

/** Pages that are looked through for one event: more of them in one second is a log that does not page. */
const MOST_PAGES = 100;

/** What of a configuration says which log is read. A slash at the end, a default port and capitals in a host say nothing. */
export function originOf(config: SourceConfig): Origin {
  const { protocol, host, pathname } = new URL(config.base_url);
  const { dialect, organization, api_key } = config;
  return {
    dialect,
    ...(organization?.id === undefined ? {} : { organization: organization.id }),
    baseUrl: `${protocol}//${host}${pathname.replace(/\/+$/, '')}`,
    // 64 bits of a digest: enough to see that a key is another one, and nothing to have it from.
    key: hash('sha256', `audit-relay ${api_key}`).slice(0, 16),
  };
}

export interface OriginCheckOptions {
  readonly provenance: Provenance;
  readonly origin: Origin;
  readonly journal: SourceJournal;
  readonly api: FeedApi;
  readonly health: FeedHealth;
  readonly runtime: Runtime;
  readonly progress: Signal;
}

export class OriginCheck {
  readonly #options: OriginCheckOptions;

  constructor(options: OriginCheckOptions) {
    this.#options = options;
  }

  /**
   * Both feeds ask, each by what it has itself if it can: one of them may be refused. Whichever finds out has done
   * so for both.
   *
   * Resolves when it is certain that the feed may go on from its checkpoint; not while the log is another one.
   * @throws the signal's reason when it fires first.
   */
  async resolved(signal: AbortSignal): Promise<void> {
    const { journal, origin, health } = this.#options;
    for (let doubt = journal.doubt(origin); doubt !== undefined; doubt = journal.doubt(origin)) {
      if (doubt.isEmpty) await this.#beginAnew(doubt);
      else await this.#lookFor(doubt, signal);
    }
    health.readAgain('live');
  }

  async #beginAnew({ changed }: Doubt): Promise<void> {
    const { journal, origin } = this.#options;
    await journal.decideOrigin(origin, 'anew');
    this.#say(`${changed} has changed and no event was ever read, so that all is read anew from the start`);
  }

  async #lookFor(doubt: Doubt, signal: AbortSignal): Promise<void> {
    const { journal, origin, progress, provenance } = this.#options;
    let unfit: Unfit | undefined;
    for (const witness of this.#inTurn(doubt)) {
      const found = await this.#holds(witness, signal);
      // Nobody has answered: the next question waits as long as it must, and whoever waits for the feed looks again.
      if (found === undefined) return progress.notify();
      if (isUnfit(found)) unfit = found;
      if (found !== true) continue;
      await journal.decideOrigin(origin, 'same');
      return this.#say(`${doubt.changed} has changed, and the log is the same by events that are journaled`);
    }
    // What could not be looked for may be there.
    if (unfit !== undefined) return this.#waitOut(untold(provenance.source, doubt, unfit), signal);
    await journal.decideOrigin(origin, 'other');
    await this.#waitOut({ code: 'SOURCE_OTHER_LOG', problem: otherLog(provenance.source, doubt) }, signal);
  }

  /** Says so, and looks again later: it may have been a gateway that was set up wrongly. */
  async #waitOut(readFailure: ReadFailure, signal: AbortSignal): Promise<void> {
    const { health, runtime, progress } = this.#options;
    const waitMs = health.readFailed('live', readFailure, { from: 0 });
    progress.notify();
    await runtime.sleep(waitMs, signal);
  }

  /** This feed's own first: the other may be refused. */
  #inTurn({ witnesses }: Doubt): readonly Witness[] {
    const { feed } = this.#options.provenance;
    const own = witnesses.filter((witness) => witness.feed === feed);
    return own.length > 0 ? own : witnesses;
  }

  /** Whether the log holds this event. Undefined: no answer; unfit: it stands beside a record that does not come even alone. */
  async #holds({ feed, id, second }: Witness, signal: AbortSignal): Promise<boolean | Unfit | undefined> {
    const { api, provenance } = this.#options;
    const window = { from: second, to: second + 1 };
    const limit = new PageLimit(undefined, () => api.fitting);
    let after: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const cursor = after === undefined ? undefined : ({ side: 'after', id: after } as const);
      // Without the filters: they may have changed too.
      const question = { window, cursor, feed, filters: {}, purpose: 'live', mayBeLost: true } as const;
      const answer = await fitting(limit, (most) => api.askAfter({ ...question, limit: most }, signal));
      if (answer === undefined || isUnfit(answer)) return answer;
      if (!isPage(answer)) return false;
      const entries = answer.page.records
        .map((record) => itemOf(record, provenance, answer))
        .flatMap((item) => (item.kind === 'entry' ? [item.entry] : []));
      if (entries.some((entry) => entry.id === id)) return true;
      const last = entries.at(-1)?.id;
      // The older dialect lists all there is, the newest first.
      const isPast = entries.some(({ timeMs, timeGuessed }) => timeGuessed !== true && timeMs < second * 1000);
      if (last === undefined || last === after || isPast || !answer.page.hasMore) return false;
      after = last;
    }
    return false;
  }

  #say(message: string): void {
    const { provenance, runtime } = this.#options;
    runtime.log('info', 'SOURCE_ADOPTED', message, { source: provenance.source });
  }
}

function untold(source: string, { changed }: Doubt, unfit: Unfit): ReadFailure {
  const code = unfit === 'too_large' ? 'RECORD_TOO_LARGE' : 'RECORD_TOO_SLOW';
  const how = unfit === 'too_large' ? 'larger than an answer may be (64 MiB)' : 'not whole in time (120 s)';
  const problem = `whether ${newOne(changed)} reads the same log cannot be told, as the answers that would show it are ${how}: check base_url, the network and the proxy; ${byWord(source)}`;
  return { code, problem };
}

function newOne(changed: Doubt['changed']): string {
  return `the new ${changed}`;
}

function byWord(source: string): string {
  return `if it is the same log, say so with \`audit-relay journal adopt --source ${source}\` while the agent is stopped`;
}

function otherLog(source: string, { changed, witnesses }: Doubt): string {
  const found =
    witnesses.length === 0
      ? 'nothing is kept to know the log by'
      : 'the log holds none of the newest events that are journaled';
  return `${newOne(changed)} seems to read another log than before (${found}), of which nothing counts as read: give the source another name; ${byWord(source)}`;
}
