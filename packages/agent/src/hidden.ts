/**
 * The secrets that no text may show, and the last look at what others say before it is written: a sink's package may
 * quote what its peer said back, and a peer may say back what it was sent.
 */
import type { SinkOptions } from '@audit-relay/core';
import type { Failure, SendResult, Sink, SinkContext, SinkPlugin } from '@audit-relay/sink';

const CENSORED = '[hidden]';
/** Shorter ones would blank out ordinary words. */
const SHORTEST = 4;

/** Secrets that are known so far. Known ones stay known: an old one may still be valid. */
export class Hidden {
  /** The longest first: one may be a part of another. */
  #forms: readonly string[] = [];

  add(secrets: readonly string[]): void {
    // In a line of JSON a secret stands as JSON spells it.
    const known = secrets.filter(({ length }) => length >= SHORTEST);
    const forms = known.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
    this.#forms = [...new Set([...this.#forms, ...forms])].sort((a, b) => b.length - a.length);
  }

  /** The text with each of them blanked out. */
  clean(text: string): string {
    let shown = text;
    for (const form of this.#forms) shown = shown.replaceAll(form, CENSORED);
    return shown;
  }
}

/** The same sinks, whose reasons, errors and counters say no secret: they go into the status, metrics and dead letters. */
export function hidingSinks(
  sinks: Readonly<Record<string, SinkOptions>>,
  hidden: Pick<Hidden, 'clean'>,
): Readonly<Record<string, SinkOptions>> {
  const hiding = Object.entries(sinks).map(([name, options]): [string, SinkOptions] => {
    return [name, { ...options, plugin: hidingPlugin(options.plugin, hidden) }];
  });
  return Object.fromEntries(hiding);
}

function hidingPlugin(plugin: SinkPlugin<unknown>, hidden: Pick<Hidden, 'clean'>): SinkPlugin<unknown> {
  const open = async (config: unknown, context: SinkContext): Promise<Sink> => {
    const count = (code: string, n: number): void => context.count(hidden.clean(String(code)), n);
    const sink = await said(() => plugin.open(config, { ...context, count }), hidden);
    return {
      send: async (batch, call) => cleaned(await said(() => sink.send(batch, call), hidden), hidden),
      check: (signal) => said(() => sink.check(signal), hidden),
      close: () => said(() => sink.close(), hidden),
    };
  };
  // All else is the plugin's own, whatever a later contract adds.
  return replaced(plugin, { open });
}

/** @throws what `work` throws, its words cleaned. */
async function said<T>(work: () => Promise<T>, hidden: Pick<Hidden, 'clean'>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const clean = hidden.clean(words);
    throw clean === words ? error : new Error(clean);
  }
}

/** What is no answer of the contract's stays as it is: the lane judges that. Nothing but texts is replaced. */
function cleaned(result: SendResult, hidden: Pick<Hidden, 'clean'>): SendResult {
  const { failures } = Object(result);
  if (!Array.isArray(failures)) return cleanedTexts(result, hidden);
  const clean = failures.map((item: unknown) =>
    replaced(item, { failure: cleanedTexts(Object(item).failure, hidden) }),
  );
  return replaced(result, { failures: clean });
}

function cleanedTexts<T extends Failure | SendResult>(failure: T, hidden: Pick<Hidden, 'clean'>): T {
  const { reason, rule } = Object(failure);
  const texts = Object.entries({ reason, rule }).filter(([, text]) => typeof text === 'string');
  if (texts.length === 0) return failure;
  return replaced(failure, Object.fromEntries(texts.map(([key, text]) => [key, hidden.clean(String(text))])));
}

/** As `whole`, whatever it is an object of, with other values under some of its keys. */
function replaced<T>(whole: T, values: Readonly<Record<string, unknown>>): T {
  const own = Object.entries(values).map(([key, value]) => [key, { value, enumerable: true }]);
  // What stands behind it answers for all other keys.
  return Object.create(Object(whole), Object.fromEntries(own)) as T;
}
