/**
 * How public collectors of this API keep their place, each as a few lines told from its code or its documentation (read
 * November 2026). Models of the cursor rules alone: what they lose here, they lose by their rule.
 */

/** One question to the API; undefined: it failed. */
export type Ask = (parameters: Readonly<Record<string, string>>) => CollectedPage | undefined;

export interface CollectedPage {
  readonly events: readonly { readonly id: string; readonly at: number }[];
  readonly hasMore: boolean;
  readonly lastId: string;
}

/** Polled every five minutes; gives the ids that it has collected, `now` in seconds. */
export type Collector = (ask: Ask, startS: number) => (now: number) => readonly string[];

/** Elastic's `openai` package 2.0.0: the cursor moves to the newest event with the first page, older pages by `before`. */
export const elastic: Collector = (ask, startS) => {
  let cursor = startS;
  return (now) => {
    const window = { 'effective_at[gte]': `${cursor}`, 'effective_at[lte]': `${now}` };
    const [first, ...others] = pages((last) => ask(last === undefined ? window : { ...window, before: last }));
    cursor = Math.max(cursor, first?.events[0]?.at ?? 0);
    return idsOf(first === undefined ? [] : [first, ...others]);
  };
};

/** Microsoft Sentinel's solution 3.0.0: windows of five minutes that touch and never overlap. */
export const sentinel: Collector = (ask, startS) => {
  let from = startS;
  return (now) => {
    const window = { 'effective_at[gte]': `${from}`, 'effective_at[lt]': `${now}`, order: 'asc' };
    from = now;
    return idsOf(pages((last) => ask(last === undefined ? window : { ...window, after: last })));
  };
};

/** Cortex XSIAM's pack: after the first page nothing but `after`, trusting that `order=asc` is obeyed. */
export const cortex: Collector = (ask, startS) => {
  let cursor: string | undefined;
  return () => {
    const read = pages((last = cursor) => {
      return ask({ order: 'asc', ...(last === undefined ? { 'effective_at[gt]': `${startS}` } : { after: last }) });
    });
    cursor = read.at(-1)?.lastId ?? cursor;
    return idsOf(read);
  };
};

/** Splunk's Enterprise AI Governance app: newest first, at most 2,000 events a cycle, `gt` the newest second seen. */
export const splunk: Collector = (ask, startS) => {
  let checkpoint = startS;
  return () => {
    const window = { 'effective_at[gt]': `${checkpoint}` };
    const read = pages((last) => ask(last === undefined ? window : { ...window, after: last }), 20);
    checkpoint = Math.max(checkpoint, ...read.flatMap(({ events }) => events.map(({ at }) => at)));
    return idsOf(read);
  };
};

/** Cribl's collector template: one page a run. */
export const cribl: Collector = (ask, startS) => {
  let newest = startS;
  return () => {
    const page = ask({ 'effective_at[gt]': `${newest}` });
    newest = Math.max(newest, ...(page?.events ?? []).map(({ at }) => at));
    return idsOf(page === undefined ? [] : [page]);
  };
};

/** Page after page until the end, a failure, or a cursor that leads nowhere new. */
function pages(next: (lastId: string | undefined) => CollectedPage | undefined, most = 100): readonly CollectedPage[] {
  const read: CollectedPage[] = [];
  while (read.length < most) {
    const page = next(read.at(-1)?.lastId);
    if (page === undefined || page.events.length === 0) break;
    read.push(page);
    if (!page.hasMore) break;
  }
  return read;
}

function idsOf(read: readonly CollectedPage[]): readonly string[] {
  return read.flatMap(({ events }) => events.map(({ id }) => id));
}
