/** The entry: an event in the journal. What the source makes, the journal keeps and a lane renders. */

/** The two disjoint lists that one organization's audit log has (`tenant_only=false` and `true`). */
export type Feed = 'organization' | 'tenant';

export const FEEDS: readonly Feed[] = ['organization', 'tenant'];

/** How the records are shaped: the real API, or an older documented form. */
export type Dialect = 'audit_logs' | 'organization_logs';

/** Who the events belong to; from the configuration, as no event carries it. */
export interface Organization {
  readonly id?: string;
  readonly name?: string;
}

/** What every entry of a feed says about where it is from. */
export interface Provenance {
  /** The source's name in the configuration. */
  readonly source: string;
  readonly feed: Feed;
  readonly dialect: Dialect;
  readonly organization?: Organization;
}

/** One event, as the API gave it, with what the relay knows about its coming. */
export interface Entry extends Provenance {
  /** The API's own id, opaque, never empty. */
  readonly id: string;
  /** The API's type, an open set; `unknown` when the record has none. */
  readonly type: string;
  /** When it happened: `effective_at` in milliseconds, or the time of receipt by the server's clock where that is no time. */
  readonly timeMs: number;
  /** True when `timeMs` is the time of receipt because the record had no usable one. */
  readonly timeGuessed?: true;
  /** When the page that held it was received, in milliseconds since the epoch. */
  readonly receivedMs: number;
  /** True when it was read once more, on request or after a restore: it may have been journaled before, so it goes out as replay. */
  readonly again?: true;
  /**
   * The record's own JSON text, cut out of the page and not written anew: numbers beyond 2^53 and
   * the order of keys stay as the API sent them. This is the evidence; every document is a view.
   */
  readonly raw: string;
}
