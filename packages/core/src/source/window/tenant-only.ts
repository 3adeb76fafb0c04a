/**
 * Whether the API heeds `tenant_only`. One that does not, or a proxy that drops it, gives the organization's list
 * instead, and what the tenant's holds would silently count as read. The two lists share no event, so a look at the
 * other one tells, where there is anything in it. `window-reader.ts` asks before it commits.
 */
import { classify } from '../../normalize/event-types.ts';
import type { ReadFailure } from '../health/health.ts';
import type { Item } from './record.ts';

const IGNORED: ReadFailure = {
  code: 'TENANT_ONLY_IGNORED',
  problem:
    'the API ignores tenant_only and gives the organization’s list, so the tenant’s cannot be read: check that no proxy drops parameters; without a tenant: `feeds: [organization]`',
};

/** Of a tenant's feed. */
export class TenantOnly {
  /** It was ignored the last time that could be told: then a window that holds nothing is not believed either. */
  #isSuspected = false;

  /**
   * Says what is wrong with a window whose first page holds `items`; undefined: nothing. `ask` gives the first page of
   * the organization's feed for the same window, or nothing where none came: then it must be read `again`.
   */
  vetting(
    ask: () => Promise<readonly Item[] | undefined>,
  ): (items: readonly Item[]) => Promise<ReadFailure | 'again' | undefined> {
    return async (items) => {
      if (!this.#isDoubtful(items)) {
        this.#isSuspected = false;
        return undefined;
      }
      const others = await ask();
      if (others === undefined) return 'again';
      // Both empty: nothing has changed.
      if (items.length + others.length > 0) this.#isSuspected = areAlike(items, others);
      return this.#isSuspected ? IGNORED : undefined;
    };
  }

  /** True where no event is known to be a tenant's, and for none at all while it is suspected. */
  #isDoubtful(items: readonly Item[]): boolean {
    const entries = items.flatMap((item) => (item.kind === 'entry' ? [item.entry] : []));
    return entries.length === 0 ? this.#isSuspected : !entries.some(({ type }) => classify(type).feed === 'tenant');
  }
}

/** Most of the other list's page is in this one: some may have come between the two questions, and types may be in both feeds. */
function areAlike(items: readonly Item[], others: readonly Item[]): boolean {
  const ids = new Set(items.map((item) => (item.kind === 'entry' ? item.entry.id : undefined)));
  const shared = others.filter((item) => item.kind === 'entry' && ids.has(item.entry.id)).length;
  return shared > 0 && 2 * shared >= others.length;
}
