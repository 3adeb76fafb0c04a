/** The source's world with a server of the older dialect: one list, `after` and `order`, no time. */
import { type FakeRequest, SourceWorld } from '../../__fixtures__/world.ts';
import type { Reply } from '../../api/client.ts';
import type { SourceConfig } from '../../config.ts';
import type { Source } from '../../source.ts';

export class LogsWorld extends SourceWorld {
  /** Events on a page at most, even if more are asked for. */
  pageEvents = 100;
  /** The order in which everything is listed, whatever is asked for. */
  fixedOrder: 'asc' | 'desc' | undefined;
  listName = 'data';
  /** What a cursor that names no event is answered with. */
  unknownCursor: 'refused' | 'empty' = 'refused';
  /** How long an answer in ascending order takes. */
  ascentMs = 0;

  override open(config: Partial<SourceConfig> = {}): Source {
    return super.open({ dialect: 'organization_logs', ...config });
  }

  override latencyOf({ query }: FakeRequest): number {
    return query.get('order') === 'asc' ? this.ascentMs : this.latencyMs;
  }

  /** Ties stand in an order that has nothing to do with their ids, and turned round when the rest is. */
  override page({ query, after }: FakeRequest, change: object = {}): Reply {
    const order = this.fixedOrder ?? query.get('order') ?? 'desc';
    const ascending = this.events
      .filter(({ at, visibleAt = at }) => visibleAt <= this.serverSeconds)
      .toSorted((a, b) => a.at - b.at);
    const listed = order === 'asc' ? ascending : ascending.toReversed();
    const place = listed.findIndex(({ id }) => id === after);
    if (after !== undefined && place === -1) return this.#unknown();
    const length = Math.min(this.pageEvents, Number(query.get('limit') ?? 20));
    const part = listed.slice(place + 1, place + 1 + length);
    const list = part.map(({ id, at, raw }) => raw ?? logOf(id, at)).join(',');
    const hasMore = place + 1 + length < listed.length;
    const rest = { has_more: hasMore, after: part.at(-1)?.id ?? null, ...change };
    return this.reply(200, `{"${this.listName}":[${list}],${JSON.stringify(rest).slice(1)}`);
  }

  /** The cursors of requests in ascending order; undefined stands for the start of the log. */
  get ascents(): readonly (string | undefined)[] {
    return this.requests.filter(({ query }) => query.get('order') === 'asc').map(({ after }) => after);
  }

  #unknown(): Reply {
    if (this.unknownCursor === 'refused') return this.reply(400, '{"error":{"message":"no such log"}}');
    return this.reply(200, `{"${this.listName}":[],"has_more":false,"after":null}`);
  }
}

function logOf(id: string, at: number): string {
  return `{"id":"${id}","event":"organization.user.created","created_at":${at}}`;
}
