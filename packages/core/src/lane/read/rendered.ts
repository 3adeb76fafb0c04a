/**
 * A held entry with its document. While it waits to be sent once more the document is let go: a peer that is down for hours
 * must not hold every text twice in memory, raw and rendered.
 */
import type { Envelope } from '@audit-relay/sink';
import type { Entry } from '../../entry.ts';
import type { Position } from '../../journal/journal.ts';
import type { EntryRenderer } from '../../normalize/shared-renderings.ts';
import type { Held, Ordered } from '../held.ts';

export class Rendered implements Held {
  readonly number: number;
  declare readonly position?: Position;
  declare readonly partition?: string;
  declare readonly deadLetter?: number;
  declare readonly ordered?: Ordered;
  readonly entry: Entry;
  readonly replay: boolean;
  readonly #renderAgain: EntryRenderer;
  #envelope: Envelope | undefined;

  /** @param renderAgain gives the bytes of `envelope` once more. */
  constructor(held: Held, envelope: Envelope, renderAgain: EntryRenderer) {
    this.number = held.number;
    if (held.position !== undefined) this.position = held.position;
    if (held.partition !== undefined) this.partition = held.partition;
    if (held.deadLetter !== undefined) this.deadLetter = held.deadLetter;
    if (held.ordered !== undefined) this.ordered = held.ordered;
    this.entry = held.entry;
    this.replay = held.replay;
    this.#envelope = envelope;
    this.#renderAgain = renderAgain;
  }

  get envelope(): Envelope {
    this.#envelope ??= this.#renderAgain(this.entry);
    return this.#envelope;
  }

  /** The next who asks for the envelope has it made anew. */
  letGo(): void {
    this.#envelope = undefined;
  }
}

export function letGo(items: readonly Rendered[]): void {
  for (const item of items) item.letGo();
}
