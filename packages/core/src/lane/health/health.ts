/** How a lane is, in words: follows every answer, and logs once per change rather than once per try. */
import type { Log, Runtime } from '../../runtime.ts';
import type { LaneHealth } from '../../status.ts';
import type { Held } from '../held.ts';
import { type PartOutcome, tellsOfSink } from '../settle/outcome.ts';

export class Health {
  readonly #lane: string;
  readonly #runtime: Pick<Runtime, 'log' | 'now'>;
  /** Numbers of held events whose last send failed. */
  readonly #failing = new Set<number>();
  #state: LaneHealth = 'starting';
  #problem: string | undefined;
  /** Why events were last sent again. */
  #retrying: string | undefined;
  #broken = false;
  /** Why nothing may go out whatever the peer says, and how many wait for that to end. */
  #held: string | undefined;
  #holds = 0;
  #problemSinceMs: number | undefined;

  constructor(lane: string, runtime: Pick<Runtime, 'log' | 'now'>) {
    this.#lane = lane;
    this.#runtime = runtime;
  }

  get state(): LaneHealth {
    return this.#held === undefined || this.#state === 'stopped' ? this.#state : 'blocked';
  }

  /** What is wrong and, where the sink knows it, what to do. */
  get problem(): string | undefined {
    return this.#held ?? this.#problem;
  }

  /** Since when there is a problem, in milliseconds since the epoch, whatever has become of it meanwhile. */
  get problemSinceMs(): number | undefined {
    return this.#problemSinceMs;
  }

  started(): void {
    if (this.#state === 'starting') this.#state = 'ok';
  }

  /** What the answer to a send tells of the sink. */
  answer({ kind, verdict, reason = '', acked, dead, excluded, again }: PartOutcome): void {
    this.forget(acked);
    for (const { items } of excluded) this.forget(items);
    this.forget(dead.map(({ item }) => item));
    if (kind === 'broken') this.#sayBroken(reason);
    const failing = again.filter(tellsOfSink).flatMap(({ items }) => items);
    if (verdict === 'blocked') this.#blocked(reason);
    else if (failing.length > 0) this.#retry(failing, reason);
    if (verdict === 'answered') this.#answered();
    if (verdict === 'unasked') this.#unasked();
  }

  /** The lane is done with these, whatever became of them. */
  forget(items: readonly Held[]): void {
    for (const { number } of items) this.#failing.delete(number);
  }

  /** These will be sent again. */
  #retry(items: readonly Held[], reason: string): void {
    for (const { number } of items) this.#failing.add(number);
    const why = said(reason);
    this.#retrying = why;
    if (this.#change('retrying', why)) {
      this.#say('warn', 'SINK_RETRYING', `the sink does not take events now and is tried again: ${why}`);
    }
  }

  /** Nothing goes out until the cause is mended; nothing is lost meanwhile. */
  #blocked(reason: string): void {
    const why = said(reason);
    if (this.#change('blocked', why)) this.#sayBlocked(why);
  }

  /** The sink did what its contract forbids; its events go again. */
  #sayBroken(reason: string): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#say('error', 'SINK_BROKEN', `the sink broke its contract and is opened anew: ${reason}`);
  }

  /** The peer took or judged something. The lane is well again when none of its events is failing. */
  #answered(): void {
    if (this.#failing.size === 0) this.#recover('ok');
    else if (this.#state === 'blocked') this.#recover('retrying');
    this.#broken = false;
  }

  /** The sink settled events without the peer: where none is left that fails, there is nothing to try again. */
  #unasked(): void {
    if (this.#failing.size > 0 || this.#state !== 'retrying') return;
    this.#state = 'ok';
    this.#problem = undefined;
    this.#note();
  }

  /** Blocked by something beside the sink, which no answer of the peer can end, until `release`. */
  hold(reason: string): void {
    this.#holds += 1;
    if (this.#held === undefined) this.#sayBlocked(reason);
    this.#held = reason;
    this.#note();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds > 0) return;
    this.#held = undefined;
    this.#note();
    this.#say('info', 'SINK_RECOVERED', 'the lane goes on');
  }

  stopped(problem?: string): void {
    this.#state = 'stopped';
    this.#problem = problem ?? this.#problem;
    this.#note();
  }

  #recover(state: 'ok' | 'retrying'): void {
    const before = this.#state;
    if (before === 'stopped' || before === state) return;
    this.#state = state;
    // What blocked is over; what fails still does so for its own reason.
    this.#problem = state === 'ok' ? undefined : (this.#retrying ?? this.#problem);
    this.#note();
    if (before !== 'starting') this.#say('info', 'SINK_RECOVERED', 'the sink takes events again');
  }

  /** True when the state is another one now. */
  #change(state: LaneHealth, problem: string): boolean {
    if (this.#state === 'stopped') return false;
    this.#problem = problem;
    const changed = this.#state !== state;
    this.#state = state;
    this.#note();
    return changed;
  }

  /** A problem begins or is over. */
  #note(): void {
    if (this.problem === undefined) this.#problemSinceMs = undefined;
    else this.#problemSinceMs ??= this.#runtime.now();
  }

  #sayBlocked(reason: string): void {
    this.#say('error', 'SINK_BLOCKED', `the lane holds its events until this is mended: ${reason}`);
  }

  #say(level: Parameters<Log>[0], code: string, text: string): void {
    this.#runtime.log(level, code, `${this.#lane}: ${text}`, { lane: this.#lane });
  }
}

/** A sink that says nothing must not leave a state without a word. */
function said(reason: string): string {
  return reason.trim() === '' ? 'the sink gives no reason' : reason;
}
