/**
 * The configuration in force, and what becomes of a newer one while the agent runs: read once its text stands still, looked at
 * as `validate` and a start would, then taken over whole by the relay, or refused whole while the old one runs on.
 */
import type { Log, Relay, RelayDifference, RelayStatus } from '@audit-relay/core';
import { type Problem, problemLine } from '../config/problems.ts';
import { type GoodReading, isGood, type Reading } from '../config/read.ts';
import type { AgentConfig, LogLevel } from '../config/schema.ts';
import { codeOf, messageOf } from '../stopping.ts';
import { restartKeys } from './needs-restart.ts';
import { sayUnreadable, takeSecrets } from './secrets.ts';
import { type Watch, watchFiles } from './watch.ts';

type ConfigurationStatus = NonNullable<RelayStatus['configuration']>;
type Refusal = Omit<NonNullable<ConfigurationStatus['refusal']>, 'sinceMs'>;

export interface LiveOptions {
  /** What runs now. */
  readonly reading: GoodReading;
  readonly relay: Pick<Relay, 'reopenSource' | 'reopenSink' | 'change'>;
  /** `all`: the file too. `secrets`: its text stays as it was. */
  readonly follow: 'all' | 'secrets';
  /** For what is on its way to a sink that changes, in milliseconds. */
  readonly graceMs: number;
  /** Called before new values are used, so that no log shows them, nor a report of a crash the variables that hold some. */
  hide(reading: Pick<Reading, 'secrets' | 'secretVariables'>): void;
  /** A text without secrets. */
  clean(text: string): string;
  setLevel(level: LogLevel): void;
  readonly log: Log;
  now(): number;
  /** Rejects when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A text is taken once two readings so far apart, in milliseconds, have found the same. */
export const STILL_MS = 400;
/** A change that the journal's disk refuses is tried again so often, in milliseconds. */
const DISK_MS = 5_000;
const OF_THE_DISK: readonly string[] = ['DISK_FULL', 'DISK_REFUSES'];

export class LiveConfig {
  readonly #options: LiveOptions;
  readonly #watch: Watch;
  #reading: GoodReading;
  #config: AgentConfig;
  #status: ConfigurationStatus;
  #running: Promise<void> | undefined;
  #refusedHash: string | undefined;
  /** What of the text that was read last cannot change while the agent runs. */
  #fixed: readonly string[] = [];
  #again = false;
  #asked = false;
  readonly #closing = new AbortController();

  constructor(options: LiveOptions) {
    const { reading, log, now } = options;
    this.#options = options;
    this.#reading = reading;
    this.#config = reading.config;
    this.#status = { hash: reading.hash, sinceMs: now(), applied: 0, refused: 0 };
    this.#watch = watchFiles({ changed: () => this.refreshSoon(), log });
    this.#watch.files(this.#filesOf(reading));
  }

  /** The configuration with the secrets that are in use. */
  current(): AgentConfig {
    return this.#config;
  }

  /** What is in force, as a start takes it: the last text that was taken over, with the secrets that are in use. */
  inForce(): GoodReading {
    return { ...this.#reading, config: this.#config };
  }

  /** As the file says it, without a secret. */
  shown(): string {
    return this.#reading.shown;
  }

  status(): ConfigurationStatus {
    return this.#status;
  }

  /** Reads all again and takes over what has changed; calls at the same time share one reading. Never rejects. */
  refresh(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#refreshAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The same, for those who do not wait for it. */
  refreshSoon(): void {
    // What can go wrong has been said by then, but for a log that throws.
    this.refresh().catch(() => undefined);
  }

  /** Somebody has asked: the answer is a line in the log, whether or not there is something new. */
  reload(): Promise<void> {
    this.#asked = true;
    return this.refresh();
  }

  /** The same, for those who do not wait for it. */
  reloadSoon(): void {
    this.#asked = true;
    this.refreshSoon();
  }

  #reloadLater(): void {
    const later = this.#options.sleep(DISK_MS, this.#closing.signal);
    later.then(() => this.reloadSoon()).catch(() => undefined);
  }

  /** Nothing is taken over any more; a change that is under way is the relay's to end. */
  close(): void {
    this.#closing.abort(new Error('the agent ends'));
    this.#watch.close();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #refreshAll(): Promise<void> {
    while (this.#again && !this.#isClosed) {
      this.#again = false;
      const isAsked = this.#asked;
      this.#asked = false;
      try {
        await this.#refreshOnce(isAsked);
      } catch (error) {
        sayUnreadable(this.#options.log, { problem: messageOf(error) });
      }
    }
  }

  async #refreshOnce(isAsked: boolean): Promise<void> {
    const isRead = this.#options.follow === 'all' && (isAsked || this.#config.config.watch);
    const next = isRead ? await this.#whenStill() : undefined;
    if (this.#isClosed) return;
    const outcome = next === undefined || next.hash === this.#reading.hash ? 'same' : await this.#takeOver(next);
    if (outcome === 'same') this.#backToOld(isAsked);
    // Whatever has become of the file, a secret that was rotated is taken under the text in force.
    if (outcome !== 'applied') await this.#takeSecrets();
    const files = [this.#reading, ...(next === undefined ? [] : [next])].flatMap((one) => this.#filesOf(one));
    this.#watch.files(files);
  }

  #filesOf({ file, secretFiles }: Reading): readonly string[] {
    const isFollowed = this.#options.follow === 'all' && this.#config.config.watch;
    return isFollowed ? [file, ...secretFiles] : secretFiles;
  }

  /** A file that is being written is read too early: what is the same twice is whole. No module of it is run before that. */
  async #whenStill(): Promise<Reading> {
    let last = await this.#reading.reread(() => false);
    for (;;) {
      if (last.hash === this.#reading.hash) return last;
      await this.#options.sleep(STILL_MS);
      this.#fixed = [];
      const next = await this.#reading.reread((parts, hash) => {
        this.#fixed = restartKeys(this.#config, parts);
        return hash === last.hash && this.#fixed.length === 0 && !this.#isClosed;
      });
      if (next.hash === last.hash || this.#isClosed) return next;
      last = next;
    }
  }

  async #takeSecrets(): Promise<void> {
    const { hide, relay, log } = this.#options;
    const reading = await this.#reading.again();
    hide(reading);
    this.#config = await takeSecrets({ ...relay, log }, reading, this.#config);
  }

  async #takeOver(next: Reading): Promise<'applied' | 'refused'> {
    const { hide, relay, graceMs, log, setLevel, now } = this.#options;
    hide(next);
    if (this.#fixed.length > 0) return this.#refuse(next, notLive(this.#fixed));
    if (!isGood(next)) return this.#refuse(next, notValid(next.problems));
    const { name, sources, sinks, normalization } = next.config;
    let difference: RelayDifference;
    try {
      difference = await relay.change({ name, sources, sinks, normalization }, graceMs);
    } catch (error) {
      const code = codeOf(error) ?? 'UNCAUGHT';
      if (code === 'RELAY_ENDING') return 'refused';
      // Nothing of the file would change when the disk is well again.
      if (OF_THE_DISK.includes(code)) this.#reloadLater();
      return this.#refuse(next, { code, problem: messageOf(error) });
    }
    setLevel(next.config.log.level);
    this.#reading = next;
    this.#config = next.config;
    this.#status = { ...this.#status, hash: next.hash, sinceMs: now(), applied: this.#status.applied + 1 };
    this.#forgetRefusal();
    for (const warning of next.problems) log('warn', warning.code, problemLine(warning));
    log('info', 'CONFIG_APPLIED', `the changed configuration is in force: ${wordsOf(difference)}`, {
      hash: next.hash,
      ...difference,
    });
    return 'applied';
  }

  /** Told once; again only when it is another text or another reason. */
  #refuse({ hash, file }: Reading, { code, problem: words }: Refusal): 'refused' {
    const { now, log, clean } = this.#options;
    const problem = clean(words);
    const { refusal, refused } = this.#status;
    if (refusal?.problem === problem && this.#refusedHash === hash) return 'refused';
    this.#refusedHash = hash;
    const sinceMs = refusal?.sinceMs ?? now();
    this.#status = { ...this.#status, refused: refused + 1, refusal: { sinceMs, code, problem } };
    const outcome = code === 'CONFIG_NEEDS_RESTART' ? code : 'CONFIG_REFUSED';
    log('error', outcome, `${file} has changed and is not taken over; the old configuration runs on: ${problem}`, {
      hash,
      inForce: this.#status.hash,
      reason: code,
    });
    return 'refused';
  }

  #backToOld(isAsked: boolean): void {
    const { log } = this.#options;
    const wasRefused = this.#status.refusal !== undefined;
    this.#forgetRefusal();
    if (wasRefused || isAsked) {
      log('info', 'CONFIG_UNCHANGED', 'the configuration is the one in force', { hash: this.#status.hash });
    }
  }

  #forgetRefusal(): void {
    const { refusal: _, ...rest } = this.#status;
    this.#refusedHash = undefined;
    this.#status = rest;
  }
}

/** The first of its errors; the fix says how to see all. */
function notValid(problems: readonly Problem[]): Refusal {
  const errors = problems.filter(({ level }) => level === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more: audit-relay validate)` : '';
  const problem = first === undefined ? 'it cannot be read' : `${problemLine(first)}${more}`;
  return { code: first?.code ?? 'CONFIG_UNREADABLE', problem };
}

function notLive(keys: readonly string[]): Refusal {
  const what = `${keys.join(', ')} cannot change while the agent runs`;
  return {
    code: 'CONFIG_NEEDS_RESTART',
    problem: `${what}: restart it, or put the old value back; until then nothing of this file is in force`,
  };
}

/** `sinks: siem changed, lake added; sources: nothing`. */
function wordsOf(difference: RelayDifference): string {
  const parts = (['sources', 'sinks'] as const).flatMap((section) => {
    const names = Object.entries(difference[section]).flatMap(([how, all]) =>
      all.map((name: string) => `${name} ${how}`),
    );
    return names.length === 0 ? [] : [`${section}: ${names.join(', ')}`];
  });
  return parts.length === 0 ? 'no source and no sink has changed' : parts.join('; ');
}
