/**
 * The cookies of one address. A balancer tells by them which indexer we were with (AWSALB and their like), and only that
 * one knows our acknowledgments. Path and domain are not looked at: all goes to one address.
 */
import type { HttpAnswer } from '@audit-relay/sink-http';

/** More, or longer ones, are no balancer's. */
const MOST_COOKIES = 20;
const MOST_CHARACTERS = 4_096;

export class Cookies {
  readonly #values = new Map<string, string>();

  /** For a request: the header, or none. */
  headers(): { readonly cookie?: string } {
    if (this.#values.size === 0) return {};
    return { cookie: [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  /** @param nowMs what dates of expiry are compared with: milliseconds since the epoch. */
  keep(answer: Pick<HttpAnswer, 'headers'>, nowMs: number): void {
    for (const line of answer.headers('set-cookie')) {
      const [pair = '', ...attributes] = line.split(';');
      const [name, value] = splitOnce(pair);
      if (name === '' || pair.length > MOST_CHARACTERS || !/^[\x20-\x7e]*$/.test(pair)) continue;
      if (isOver(attributes, nowMs)) this.#values.delete(name);
      else if (this.#values.has(name) || this.#values.size < MOST_COOKIES) this.#values.set(name, value);
    }
  }
}

/** RFC 6265, section 5.2: `Max-Age` goes before `Expires`. */
function isOver(attributes: readonly string[], nowMs: number): boolean {
  const byName = new Map(
    attributes.map((attribute) => splitOnce(attribute)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const maxAge = byName.get('max-age');
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  return Date.parse(byName.get('expires') ?? '') <= nowMs;
}

function splitOnce(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
