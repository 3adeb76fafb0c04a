/**
 * Between a request that has come in and its answer: the request gets its number, the faults that it meets and
 * the knobs that these turn, and is counted. `server.ts` sends what comes out, `direct.ts` hands it over.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { answer, auditLogsPath, organizationLogsPath } from './answer.ts';
import type { AnswerContext } from './answer-context.ts';
import { faultsOf, turnedBy } from './fault-plan.ts';
import type { Feed } from './feed.ts';
import { History } from './history.ts';
import { dateText, flapped } from './http-date.ts';
import type { Knobs } from './knobs.ts';
import type { Reply } from './reply.ts';
import { RequestCounts, type Stats } from './stats.ts';

/** What an answer depends on, but for what is remembered of earlier ones. */
export type ServerContext = Omit<AnswerContext, 'history'>;

/** A request for audit logs as it came in. */
export interface IncomingRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** An answer with the route it came by and the knobs it is sent under. */
export interface Routed {
  readonly path: string;
  readonly feed: Feed | null;
  readonly reply: Reply;
  readonly knobs: Knobs;
}

/** Answers in the order of requests. `context` is read anew for each, so that knobs can be turned between two. */
export class Answering {
  readonly #context: () => ServerContext;
  readonly #counts: RequestCounts = new RequestCounts();
  readonly #history: History = new History();
  /** Those for audit logs. */
  #requests = 0;

  constructor(context: () => ServerContext) {
    this.#context = context;
  }

  /** The answer to a request for audit logs, in either dialect. */
  answer(request: IncomingRequest): Routed {
    const context = this.#context();
    this.#requests += 1;
    const number = this.#requests;
    const faults = faultsOf(context.knobs.faults, number);
    for (const fault of faults) this.#counts.addFault(fault);
    const knobs = flapped(turnedBy(faults, context.knobs), number);
    const reply = answer({ ...request, number }, { ...context, knobs, history: this.#history });
    const isTenant = request.path === auditLogsPath && request.query.get('tenant_only') === 'true';
    return { path: routeOf(request.path), feed: isTenant ? 'tenant' : 'organization', reply, knobs };
  }

  /** Notes that an answer is given, whatever it was asked for. */
  count({ path, feed, reply }: Routed): void {
    this.#counts.add(path, feed, reply.status);
  }

  stats(): Stats {
    return { requests: this.#counts.rows(), events: this.#context().log.counts(), faults: this.#counts.faults() };
  }
}

/** The `Date` of an answer that is given now, if it has one: the API's clock is the simulator's, not this host's. */
export function dateHeader(
  { now }: Pick<ServerContext, 'now'>,
  { clock_skew_s, date_form }: Knobs,
): { readonly date?: string } {
  return date_form === 'absent' ? {} : { date: dateText(now() + clock_skew_s * 1_000, date_form) };
}

/** As counted: without the id of a single log. */
function routeOf(path: string): string {
  const isSingleLog = path.startsWith(organizationLogsPath) && path !== organizationLogsPath;
  return isSingleLog ? `${organizationLogsPath}{log_id}` : path;
}
