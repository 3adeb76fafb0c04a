/**
 * One run of a relay: the real source on the real journal, from a start to a stop or a kill. Whatever is still
 * under way at a kill never learns of it: its sleeps never end, its questions get no answer, its commits that have
 * not begun are refused.
 */
import type { Chance } from './chance.ts';
import {
  ByteBudget,
  type Client,
  type Feed,
  type Journal,
  openJournal,
  openSource,
  type Runtime,
  type Source,
  type SourceConfig,
  type SourceJournal,
  type Span,
} from './core.ts';
import type { Asker, FirstPage } from './network.ts';
import { earliestShown, type Oracle } from './oracle.ts';
import type { World } from './world.ts';

export const SOURCE = 'acme';
/** The lane that reads everything at the end. */
export const READER = 'reader';

export interface RunPlan {
  readonly config: SourceConfig;
  /** How many steps it lives: a question, an answer, a commit asked for or done, a line of the log. Infinite: until it is stopped. */
  readonly steps: number;
  /** How many parts of windows it journals: it dies right after the last. Infinite: it does not. */
  readonly parts: number;
}

export interface RunDependencies {
  readonly world: World;
  readonly oracle: Oracle;
  /** The journal's folder. */
  readonly folder: string;
  readonly chance: Chance;
  readonly wraps?: Wraps;
}

/** What stands between the source and its world: how the mutants are made. */
export interface Wraps {
  readonly client?: (client: Client, world: World) => Client;
  readonly journal?: (journal: SourceJournal, world: World) => SourceJournal;
  readonly runtime?: (runtime: Runtime, world: World) => Runtime;
}

export class Run implements Asker {
  readonly #journal: Journal;
  readonly #source: Source;
  readonly #pages: FirstPage[] = [];
  readonly #feeds: SourceConfig['feeds'];
  readonly #ended = new AbortController();
  #left: number;
  #partsLeft: number;
  #alive = true;

  static async begin(plan: RunPlan, dependencies: RunDependencies): Promise<Run> {
    const journal = await openIn(dependencies.world, dependencies.folder);
    await journal.configure({
      sources: [{ name: SOURCE, feeds: plan.config.feeds }],
      lanes: [{ name: READER, startFrom: 'beginning' }],
    });
    return new Run(plan, dependencies, journal);
  }

  private constructor(plan: RunPlan, { world, oracle, chance, wraps = {} }: RunDependencies, journal: Journal) {
    this.#journal = journal;
    this.#left = plan.steps;
    this.#partsLeft = plan.parts;
    this.#feeds = plan.config.feeds;
    const client = world.client(this);
    const { memoryBytes } = world.scenario;
    const door = oracle.door(journal.source(SOURCE), world, this);
    const runtime = runtimeOf(this, { world, chance });
    this.#source = openSource(
      { name: SOURCE, config: plan.config },
      {
        journal: wraps.journal?.(door, world) ?? door,
        runtime: wraps.runtime?.(runtime, world) ?? runtime,
        proxyFor: () => undefined,
        userAgent: 'simulation',
        onRefused: () => undefined,
        ...(memoryBytes === undefined ? {} : { budget: new ByteBudget(memoryBytes) }),
        openClient: () => wraps.client?.(client, world) ?? client,
      },
    );
    this.#source.start();
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  step(): void {
    this.#left -= 1;
    if (this.#left <= 0) this.#alive = false;
  }

  journaledPart(): void {
    this.#partsLeft -= 1;
    if (this.#partsLeft <= 0) this.#alive = false;
  }

  /** Between two pages of one window. */
  get hasDiedInWindow(): boolean {
    return this.#partsLeft <= 0;
  }

  orNever<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => (this.#alive ? resolve(value) : undefined),
        (error: unknown) => (this.#alive ? reject(error) : undefined),
      );
    });
  }

  shown(page: FirstPage): void {
    this.#pages.push(page);
  }

  shownMs(feed: Feed, span: Span): number | undefined {
    return earliestShown(this.#pages, feed, span);
  }

  /** With other settings from now on, as after a change of the configuration; other feeds take a new process. */
  reopen(config: SourceConfig): void {
    this.#source.reopen({ ...config, feeds: this.#feeds });
  }

  /** As `audit-relay backfill --again` asks it to; whether that is journaled its checkpoints say. */
  reIngest(span: Span): void {
    this.#source.backfill(span, true, this.#ended.signal).catch(() => undefined);
  }

  /** As after SIGTERM. */
  async stop(): Promise<void> {
    this.#ended.abort(new Error('the run is over'));
    await this.#source.stop();
    this.#alive = false;
    await this.#journal.close();
  }

  /** As after SIGKILL: nothing of it goes on. */
  async kill(): Promise<void> {
    this.#alive = false;
    await this.#journal.close();
  }
}

/** The journal of a run; it has nothing to wait for, and nothing to leave to chance. */
export function openIn(world: World, folder: string): Promise<Journal> {
  const config = { path: folder, max_bytes: 2 ** 31, retention: 86_400_000, create: 'auto' as const };
  const { host } = world;
  return openJournal(config, {
    now: () => host.wallMs,
    elapsedMs: () => host.elapsedMs,
    random: () => 0,
    sleep: (ms, signal) => host.sleep(ms, signal),
    log: () => undefined,
  });
}

function runtimeOf(mortal: Asker, { world, chance }: Pick<RunDependencies, 'world' | 'chance'>): Runtime {
  const { host } = world;
  const bornMs = host.elapsedMs;
  return {
    now: () => host.wallMs,
    elapsedMs: () => host.elapsedMs - bornMs,
    random: () => chance.next(),
    sleep: (ms, signal) => mortal.orNever(host.sleep(ms, signal)),
    log: () => mortal.step(),
  };
}
