/** What a caller may turn: where the API's behaviour is not documented, and what goes wrong on request. */
import type { ApiRequest, Reply } from './reply.ts';

/** Turned at the start, or with `set` while the simulator runs. */
export interface Knobs {
  /** A `limit` above 100: taken as 100, or answered with 400. Which of the two the API does is not documented. */
  readonly limit_above_max: 'clamp' | 'error';
  /** Members of the envelope that servers have been seen to leave out. */
  readonly envelope: {
    readonly object: 'present' | 'absent';
    /** `first_id` and `last_id`; an empty page has nulls under `present`. */
    readonly ids: 'present' | 'null' | 'absent';
  };
  /** `desc`: newest first, as all evidence but one source has it. */
  readonly order: 'desc' | 'asc';
  /** Milliseconds before each answer. */
  readonly latencyMs: number;
  /** Audit logging was never switched on: an empty list, or 403. */
  readonly logging_off: 'no' | 'empty' | '403';
  /** The organization has no tenant: the status that `tenant_only=true` is answered with. */
  readonly tenant_unavailable: 400 | 401 | 403 | undefined;
  /** Planned failures: request number `afterRequests + 1` of those for audit logs gets this answer. */
  readonly fail: readonly PlannedFailure[];
  /** Sees every request for audit logs first, and may answer it instead. */
  readonly intercept: ((request: ApiRequest) => Reply | undefined) | undefined;
}

/** An answer with its place in the order of requests. */
export interface PlannedFailure extends Reply {
  /** 0 or more: how many requests are answered before. */
  readonly afterRequests: number;
}

/** What the API does as far as it is documented, else what most integrations report; nothing fails. */
export const defaultKnobs: Knobs = {
  limit_above_max: 'clamp',
  envelope: { object: 'present', ids: 'present' },
  order: 'desc',
  latencyMs: 0,
  logging_off: 'no',
  tenant_unavailable: undefined,
  fail: [],
  intercept: undefined,
};
