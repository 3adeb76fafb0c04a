/**
 * Asks the doctor's questions, one after the other: at the pace that the configuration allows, and again
 * where a single bad answer proves nothing. What came back goes to the checks beside this file.
 */
import { isObject } from '../../event.ts';
import type { Runtime } from '../../runtime.ts';
import { type Fault, judge } from '../api/answer.ts';
import type { Client, Reply } from '../api/client.ts';
import { standing } from '../api/filters.ts';
import type { SourceConfig } from '../config.ts';
import { itemOf } from '../window/record.ts';
import { type Question, questionPath } from './question.ts';

/** An event as a page lists it; what has no id is left out. */
export interface Listed {
  readonly id: string;
  /** `effective_at`. Undefined: the record has no usable time. */
  readonly seconds: number | undefined;
  /** False: the filters of the configuration exclude it. */
  readonly isWanted: boolean;
}

export type ProbeOutcome =
  | {
      readonly kind: 'page';
      /** In the order of the page. */
      readonly events: readonly Listed[];
      readonly hasMore: boolean;
      readonly cursor: string | undefined;
      /** The `Date` of the answer, in seconds since the epoch. */
      readonly serverSeconds: number | undefined;
    }
  | { readonly kind: 'fault'; readonly fault: Fault };

interface Circumstances {
  /** From the last question to its answer, in milliseconds. */
  readonly tookMs: number;
  /** This host's clock half way between them, in milliseconds since the epoch. */
  readonly midwayMs: number;
  /** Faults of earlier tries. */
  readonly faults: readonly Fault[];
  /** Of the last answer. */
  header(name: string): string | undefined;
}

/** A page, or the last fault when every try ended in one. */
export type Probed = ProbeOutcome & Circumstances;
export type AskedPage = Extract<Probed, { readonly kind: 'page' }>;

export interface AskerOptions {
  readonly config: SourceConfig;
  readonly client: Client;
  readonly runtime: Runtime;
}

/** What may be better a moment later: false refusals and passing trouble are known of this API. */
const PASSING = /^(http_(401|403|408|409|429|5\d\d)|broken|unreadable)$/;
/** The tenant feed's refusal is an everyday answer, so the second time decides it; elsewhere the third, as in the relay. */
const TRIES: Readonly<Record<Question['feed'], number>> = { organization: 3, tenant: 2 };
/** Who asks for a longer wait is taken at its word: the doctor ends there. */
const LONGEST_WAIT_MS = 10_000;
const FIRST_WAIT_MS = 1_000;

export class Asker {
  readonly #options: AskerOptions;
  #asked = 0;

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /** @throws the signal's reason when it fires first. */
  async ask(question: Question, signal: AbortSignal): Promise<Probed> {
    const faults: Fault[] = [];
    for (;;) {
      const asked = await this.#askOnce(question, signal);
      if (asked.kind === 'page') return { ...asked, faults };
      const waitMs = Math.max(asked.fault.waitMs ?? 0, FIRST_WAIT_MS * 2 ** faults.length);
      const isFinal = !PASSING.test(asked.fault.failure) || faults.length + 1 >= TRIES[question.feed];
      if (isFinal || waitMs > LONGEST_WAIT_MS) return { ...asked, faults };
      faults.push(asked.fault);
      await this.#options.runtime.sleep(waitMs, signal);
    }
  }

  async #askOnce(question: Question, signal: AbortSignal): Promise<ProbeOutcome & Omit<Circumstances, 'faults'>> {
    const { config, client, runtime } = this.#options;
    if (this.#asked > 0) await runtime.sleep(1_000 / config.requests_per_second, signal);
    this.#asked += 1;
    const [beganMs, askedMs] = [runtime.elapsedMs(), runtime.now()];
    const reply = await client.get(questionPath(question, config), signal);
    return {
      ...this.#outcomeOf(reply, question),
      tookMs: runtime.elapsedMs() - beganMs,
      midwayMs: (askedMs + runtime.now()) / 2,
      header: (name) => (reply.kind === 'response' ? reply.header(name) : undefined),
    };
  }

  #outcomeOf(reply: Reply, { feed }: Question): ProbeOutcome {
    const { config, runtime } = this.#options;
    const answer = judge(reply, { feed, dialect: config.dialect, receivedMs: runtime.now() });
    if (answer.kind !== 'page') return { kind: 'fault', fault: answer };
    const { page, serverSeconds, receivedMs } = answer;
    const provenance = { source: 'doctor', feed, dialect: config.dialect };
    const events = page.records.flatMap((record): readonly Listed[] => {
      const item = itemOf(record, provenance, { receivedMs });
      if (item.kind === 'malformed') return [];
      const { id, timeMs, timeGuessed } = item.entry;
      const isWanted = isObject(record.value) && standing(record.value, config) === 'asked';
      return [{ id, seconds: timeGuessed === true ? undefined : Math.floor(timeMs / 1000), isWanted }];
    });
    return { kind: 'page', events, hasMore: page.hasMore, cursor: page.cursor, serverSeconds };
  }
}
