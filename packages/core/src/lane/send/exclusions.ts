/**
 * What a sink leaves out by its own rules: asked of the plugin once, when the lane is put together. Stands between `attempt.ts`
 * and `../settle/judge.ts`: by a rule that was not told beforehand nothing is settled, so that no sink drops an event by surprise.
 */
import type { ExclusionRule, SinkPlugin } from '@audit-relay/sink';
import { RelayError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import type { SendAnswer } from './attempt.ts';

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const MOST_CHARACTERS = 32;
/** Under this the lane counts what happened before its start. */
export const START_FROM = 'start_from';
/** The lane's own: all are counted in one place. */
const TAKEN: readonly unknown[] = ['when', START_FROM];
/** So long a rule is said no more once it was said, in milliseconds. */
const QUIET_MS = 3_600_000;

/** @throws RelayError `SINK_EXCLUSIONS_INVALID` when the plugin throws, or states a rule that cannot be told or counted. */
export function exclusionsOf(
  name: string,
  plugin: SinkPlugin<unknown>,
  sinkConfig: unknown,
): ReadonlyMap<string, ExclusionRule> {
  const problem = (why: string): RelayError =>
    new RelayError('SINK_EXCLUSIONS_INVALID', `sink ${name}: the exclusions of ${plugin.type} cannot be kept: ${why}`);
  let stated: unknown;
  try {
    stated = plugin.exclusions?.(sinkConfig) ?? [];
  } catch (error) {
    throw problem(`it throws: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(stated)) throw problem('it gives no list');
  const rules = new Map<string, ExclusionRule>();
  for (const each of stated) {
    const rule = ruleOf(each);
    if (typeof rule === 'string') throw problem(rule);
    if (rules.has(rule.name)) throw problem(`it names ${rule.name} twice`);
    rules.set(rule.name, rule);
  }
  return rules;
}

/** The rule as values of ours; a text when it cannot be kept. */
function ruleOf(stated: unknown): ExclusionRule | string {
  const { name, events, maxAgeMs } = Object(stated);
  if (typeof name !== 'string' || !NAME.test(name) || name.length > MOST_CHARACTERS || TAKEN.includes(name)) {
    return `a rule is named ${JSON.stringify(name)}, and must be lower case, words joined by underscores, not when or start_from`;
  }
  if (typeof events !== 'string' || events.trim() === '') return `${name} does not say which events`;
  if (maxAgeMs === undefined) return { name, events };
  if (typeof maxAgeMs !== 'number' || !(maxAgeMs >= 0)) return `maxAgeMs of ${name} is ${String(maxAgeMs)}`;
  return { name, events, maxAgeMs };
}

export interface ExclusionsOptions {
  /** The lane's. */
  readonly name: string;
  readonly rules: ReadonlyMap<string, ExclusionRule>;
  readonly runtime: Pick<Runtime, 'elapsedMs' | 'log'>;
}

/** The rules of one lane's sink at work. */
export class Exclusions {
  readonly #options: ExclusionsOptions;
  readonly #said = new Map<string, { readonly atMs: number; unsaid: number }>();

  constructor(options: ExclusionsOptions) {
    this.#options = options;
  }

  get rules(): readonly ExclusionRule[] {
    return [...this.#options.rules.values()];
  }

  /** The answer, or that it excludes by a rule that was not told beforehand: then it is none. */
  believed(answer: SendAnswer): SendAnswer {
    const failures = answer.kind === 'partial' ? answer.failures.map(({ failure }) => failure) : [answer];
    for (const failure of failures) {
      if (failure.kind !== 'excluded' || this.#options.rules.has(failure.rule)) continue;
      const reason = `it excluded events by a rule that it did not tell beforehand: ${failure.rule}`;
      return { kind: 'broken', reason };
    }
    return answer;
  }

  /** Says that a rule works, at its first event and then once an hour at most. So many more, and the cursor passes them. */
  note(rule: string, events: number): void {
    const { name, rules, runtime } = this.#options;
    const atMs = runtime.elapsedMs();
    const said = this.#said.get(rule);
    if (said !== undefined && atMs - said.atMs < QUIET_MS) {
      said.unsaid += events;
      return;
    }
    const count = events + (said?.unsaid ?? 0);
    this.#said.set(rule, { atMs, unsaid: 0 });
    const text = `${name}: ${count} event(s) were not sent, by the sink’s own rule ${rule}: it excludes ${rules.get(rule)?.events}`;
    runtime.log('warn', 'EVENTS_EXCLUDED', text, { lane: name, rule, events: count });
  }
}
