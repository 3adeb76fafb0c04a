/**
 * The events of a scenario: single ones and bursts, ties in one second beyond a page, quiet hours, late ones,
 * ones that are dated ahead, and records that break the rules. Seconds everywhere.
 */
import type { Feed, NewEvent } from '@audit-relay/openai-simulator';
import type { Chance } from './chance.ts';
import { DAY, HOUR, T0 } from './virtual-time.ts';

/** Events that happen at one moment. */
export interface EventGroup {
  readonly atS: number;
  readonly events: readonly NewEvent[];
}

export interface ScenarioWidths {
  readonly activeS: number;
  readonly sweepS: number;
  readonly overlapS: number;
  /** How large some records are, in bytes; 0: none is. */
  readonly largeBytes: number;
  /** Which part of the events has another time at first, 0 to 1. */
  readonly unsettled: number;
  /** Some events stand in both feeds. Not where a feed is left out, or answers late: its past may be read when the other's ids are forgotten. */
  readonly areShared: boolean;
}

/** Before `T0`, and from then on. */
export interface EventStream {
  readonly history: readonly NewEvent[];
  readonly live: readonly EventGroup[];
}

export function eventStream(chance: Chance, widths: ScenarioWidths): EventStream {
  const events = new EventMaker(chance, widths);
  const history = Array.from({ length: chance.mostlySmall(0, 1500) }, () =>
    events.onTime(T0 - chance.mostlySmall(1, 14 * DAY)),
  );
  const live = Array.from({ length: chance.mostlySmall(5, 300) }, () =>
    events.group(T0 + chance.whole(0, widths.activeS)),
  );
  if (widths.largeBytes > 0) {
    for (let count = chance.whole(1, 8); count > 0; count -= 1)
      live.push(events.large(T0 + chance.whole(0, widths.activeS)));
  }
  if (chance.is(0.3)) live.push(events.tied(T0 + chance.whole(0, widths.activeS), chance.whole(101, 350)));
  if (chance.is(0.05)) live.push(...events.flood(T0 + chance.whole(0, widths.activeS)));
  return { history, live: live.toSorted((a, b) => a.atS - b.atS) };
}

/** The member of a record without an id that tells it from others. */
export const NAMELESS = 'no_id_but';

class EventMaker {
  readonly #chance: Chance;
  readonly #widths: ScenarioWidths;
  #made = 0;

  constructor(chance: Chance, widths: ScenarioWidths) {
    this.#chance = chance;
    this.#widths = widths;
  }

  /** Mostly one event; a burst, a late one or an odd one now and then. */
  group(atS: number): EventGroup {
    const chance = this.#chance;
    if (chance.is(this.#widths.unsettled)) return { atS, events: [this.#unsettled(atS)] };
    const kind = chance.next();
    if (kind < 0.1) return { atS, events: this.#burst(atS, chance.whole(2, 60)) };
    if (kind < 0.15 && this.#widths.areShared) return { atS, events: this.#inBothFeeds(atS) };
    if (kind < 0.2) return { atS, events: [this.#odd(atS)] };
    if (kind < 0.3) return { atS, events: [this.onTime(atS + chance.pick([1, 60, 299, 301, HOUR]))] };
    if (kind < 0.35) return { atS, events: this.#burst(atS, chance.whole(2, 130), this.#lateness()) };
    return { atS, events: [this.#late(atS, this.#lateness())] };
  }

  /** Many in one second. */
  tied(atS: number, count: number): EventGroup {
    return { atS, events: this.#burst(atS, count) };
  }

  /** More than one walk may hold, within minutes. */
  flood(atS: number): readonly EventGroup[] {
    const seconds = this.#chance.whole(10, 1200);
    const perSecond = Math.ceil(6000 / seconds);
    return Array.from({ length: seconds }, (_, second) => this.tied(atS + second, perSecond));
  }

  /** One or a few large records, among ordinary ones of the same second. */
  large(atS: number): EventGroup {
    const large = Array.from({ length: this.#chance.whole(1, 3) }, () => {
      const text = 'x'.repeat(this.#chance.whole(this.#widths.largeBytes >> 2, this.#widths.largeBytes));
      return { record: { ...this.#record(atS), text } };
    });
    return { atS, events: [...large, ...this.#burst(atS, this.#chance.whole(1, 4))] };
  }

  /** Told without a time at first, or with another one, as minutes or hours later. */
  #unsettled(atS: number): NewEvent {
    const chance = this.#chance;
    const record = this.#record(atS);
    const awayS = chance.pick([1, 60, HOUR, 2 * HOUR]) * chance.pick([1, -1]);
    const effective_at = chance.is(0.3) ? null : record.effective_at + awayS;
    const longestS = Math.max(60, this.#widths.sweepS - Math.abs(awayS) - 60);
    return { record, first: { record: { ...record, effective_at }, for_s: chance.mostlySmall(1, longestS) } };
  }

  /** Visible as soon as it is in the log. */
  onTime(atS: number): NewEvent {
    return { record: this.#record(atS) };
  }

  #burst(atS: number, count: number, lateS = 0.001): readonly NewEvent[] {
    return Array.from({ length: count }, () => this.#late(atS, lateS));
  }

  #late(atS: number, lateS: number): NewEvent {
    return { record: this.#record(atS), late_by_s: lateS };
  }

  /** The two feeds share no event; should they ever, it is still one event. */
  #inBothFeeds(atS: number): readonly NewEvent[] {
    const record = { ...this.#record(atS), type: 'tenant.user.added' };
    return (['organization', 'tenant'] as const).map((feed: Feed) => ({ record, feed }));
  }

  /** Without an id, without a time, or with a time that is none. */
  #odd(atS: number): NewEvent {
    const { effective_at, ...timeless } = this.#record(atS);
    const { id, ...nameless } = { ...timeless, effective_at };
    const record = this.#chance.pick<object>([
      { ...nameless, [NAMELESS]: id },
      timeless,
      { ...timeless, effective_at: `${effective_at}` },
      { ...timeless, effective_at: effective_at + 0.5 },
    ]);
    return { record, feed: 'organization' };
  }

  #record(atS: number): { readonly id: string; readonly type: string; readonly effective_at: number } {
    this.#made += 1;
    // Ids say nothing about time: this scatters them.
    const id = `audit_log-${(Math.imul(this.#made, 0x9e3779b1) >>> 0).toString(36)}-${this.#made}`;
    return { id, type: this.#chance.pick(['project.created', 'tenant.user.added']), effective_at: Math.floor(atS) };
  }

  /** Within each lookback, at its edges, and beyond the last one. */
  #lateness(): number {
    const { overlapS, sweepS } = this.#widths;
    const chance = this.#chance;
    const kind = chance.next();
    if (kind < 0.55) return 0.001 + chance.next();
    if (kind < 0.7) return chance.whole(1, 130);
    if (kind < 0.82) return chance.whole(1, overlapS);
    if (kind < 0.9) return chance.whole(1, sweepS);
    if (kind < 0.97) return chance.pick([overlapS, overlapS + 300, overlapS + 301, sweepS - 1, sweepS]);
    return sweepS + chance.whole(1, sweepS);
  }
}
