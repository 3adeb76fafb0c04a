/**
 * Whether the API heeds `tenant_only`. One that does not, or a proxy that drops it, gives the organization's list
 * instead, and what the tenant's holds would silently count as read. The two lists share no event, so a look at the
 * other one tells, where there is anything in it. `reader.ts` asks before it commits.
 */
import type { Feed } from '../entry.ts';
import { classify } from '../normalize/event-types.ts';
import type { Snag } from './health.ts';
import type { Item } from './record.ts';

const IGNORED: Snag = {
  code: 'TENANT_ONLY_IGNORED',
  problem:
    'the API ignores tenant_only and gives the organization’s list, so the tenant’s cannot be read: check that no proxy drops parameters; without a tenant: `feeds: [organization]`',
};

export class TenantOnly {
  readonly #feed: Feed;
  /** It was ignored the last time that could be told: then a window that holds nothing is not believed either. */
  #isSuspected = false;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  /**
   * What is wrong with a window of this feed that holds these; undefined: nothing. `ask` gives a page of the
   * organization's feed for the same window, or nothing where no page came: then the window must be read `again`.
   */
  async doubt(
    items: readonly Item[],
    ask: () => Promise<readonly Item[] | undefined>,
  ): Promise<Snag | 'again' | undefined> {
    if (this.#feed !== 'tenant' || !this.#isDoubtful(items)) return undefined;
    const others = await ask();
    if (others === undefined) return 'again';
    // Both empty: nothing has changed.
    if (items.length + others.length > 0) this.#isSuspected = shareEvent(items, others);
    return this.#isSuspected ? IGNORED : undefined;
  }

  /** True for events that are all of types of the other feed, and while it is suspected for none. */
  #isDoubtful(items: readonly Item[]): boolean {
    const entries = items.flatMap((item) => (item.kind === 'entry' ? [item.entry] : []));
    return entries.length === 0
      ? this.#isSuspected
      : entries.every(({ type }) => classify(type).feed === 'organization');
  }
}

function shareEvent(items: readonly Item[], others: readonly Item[]): boolean {
  const ids = new Set(items.map((item) => (item.kind === 'entry' ? item.entry.id : undefined)));
  return others.some((item) => item.kind === 'entry' && ids.has(item.entry.id));
}
