/** What a caller may turn: where the API's behaviour is not documented, and what goes wrong on request. */
import type { ApiRequest, Reply } from './reply.ts';

/** Parameters that a server may fail to heed; `effective_at` means its four bounds. */
export type FilterName =
  | 'tenant_only'
  | 'effective_at'
  | 'event_types'
  | 'project_ids'
  | 'actor_ids'
  | 'actor_emails'
  | 'resource_ids';

/**
 * Turned at the start, or with `set` while the simulator runs; any of them go together. The groups are
 * the steps of an answer: refuse, read the request, make the page, alter it, deliver it.
 */
export interface Knobs {
  /** Sees every request for audit logs first, and may answer it instead. */
  readonly intercept: ((request: ApiRequest) => Reply | undefined) | undefined;
  /** Planned failures: request number `afterRequests + 1` of those for audit logs gets this answer. */
  readonly fail: readonly PlannedFailure[];
  /** Faults by chance: each plan turns knobs for the requests that it draws. */
  readonly faults: readonly FaultPlan[];
  /** Requests per second above which the answer is 429; 0: no limit. By the simulator's clock. */
  readonly rate_limit: number;
  /** Answers every request with this error. `401_text`: the error is a bare string, not an object. */
  readonly refuse: 'no' | '400' | '401_object' | '401_text' | '403' | '429' | '500' | '502_html' | '503';
  /** What a 429 or 503 says of when to come back; `zero` and `hour` are 0 and 3600 seconds, `ms` is `retry-after-ms`. */
  readonly retry_after: 'seconds' | 'date' | 'absent' | 'zero' | 'hour' | 'ms';
  /** `x-should-retry` on what `refuse` and `rate_limit` answer. The API's own clients obey it against the status. */
  readonly should_retry: 'absent' | 'true' | 'false';
  /** Audit logging was never switched on: an empty list, or 403. */
  readonly logging_off: 'no' | 'empty' | '403';
  /** The organization has no tenant: the status that `tenant_only=true` is answered with. */
  readonly tenant_unavailable: 400 | 401 | 403 | undefined;

  /** A `limit` above 100: taken as 100, or answered with 400. Which of the two the API does is not documented. */
  readonly limit_above_max: 'clamp' | 'error';
  /** False: a parameter that the API does not know is answered with 400. */
  readonly ignore_unknown_params: boolean;
  /** Filters that are taken without an error and without effect. */
  readonly ignore_filters: readonly FilterName[];
  /** `before=last_id` leads to older events and `after` to newer ones, as one vendor's collector reads the API. */
  readonly cursor_swap: boolean;
  /** A cursor has no effect: each page of a walk is its first one again. */
  readonly repeat_page: boolean;
  /** The bounds of time are dropped as soon as `after` is given: a walk leaves its window. */
  readonly ignore_window_with_after: boolean;

  /** `desc`: newest first, as all evidence but one source has it. */
  readonly order: 'desc' | 'asc';
  /** A cursor that names nothing, or has expired: 400, or an empty page that looks like the end. */
  readonly after_unknown: '400' | 'empty';
  /** Seconds for which an end of a page is good as a cursor; 0: for ever. */
  readonly cursor_expires_s: number;
  /** How many events with times around its cursor arrive just before each further page of a walk is made. */
  readonly insert_during_walk: number;

  /** Members of the envelope that servers have been seen to leave out. */
  readonly envelope: {
    readonly object: 'present' | 'absent';
    /** `first_id` and `last_id`; an empty page has nulls under `present`. */
    readonly ids: 'present' | 'null' | 'absent';
  };
  /** `last_id` alone is left out. */
  readonly no_last_id: boolean;
  /** `true`: `has_more` is true on every page, an empty one too; `false`: never, whatever follows. */
  readonly has_more_lies: 'no' | 'true' | 'false';
  /** Bytes by which the first record of each page is enlarged. */
  readonly big_record_bytes: number;
  /** Bytes by which every record is enlarged: the fewer records a page has, the smaller it is. */
  readonly record_bytes: number;
  /** Seconds from its first showing on for which an event's `effective_at` is told as `unsettled_time` says; 0: it is true at once. */
  readonly unsettled_s: number;
  /** `null`: there is no time yet; `early`: an hour before the true one. The place in the list is the true one's. */
  readonly unsettled_time: 'null' | 'early';
  /** The first record of each page holds bytes that are no UTF-8. */
  readonly bad_utf8: boolean;

  /** The body is two JSON documents, the page twice. */
  readonly several_documents: boolean;
  /** The body ends in the middle, and its length says that this is all. */
  readonly truncated_json: boolean;
  /**
   * The connection is reset: with nothing sent, after the headers, or half way through the body. `end_mid_body`: it is
   * closed in order there.
   */
  readonly reset: 'no' | 'before_head' | 'before_body' | 'mid_body' | 'end_mid_body';
  /** Milliseconds over which the body trickles in; 0: at once. */
  readonly slow_body_ms: number;
  /** Bytes of the body, as it is before it is compressed, that trickle in each second; 0: all at once. */
  readonly body_bytes_per_s: number;
  /**
   * `always`: also to a client that did not ask for it. `x_gzip`: so, and labelled with the old name in capitals.
   * `unlabelled`: compressed, and no header says so. `mislabelled`: not compressed, and a header says that it is.
   * `truncated`: the compressed body ends in the middle under a correct length.
   */
  readonly gzip: 'accepted' | 'always' | 'never' | 'x_gzip' | 'unlabelled' | 'mislabelled' | 'truncated';
  /** Seconds by which the `Date` header is ahead of the simulator's clock; behind it when negative. */
  readonly clock_skew_s: number;
  /** Seconds added to that for about every second answer: two backends whose clocks disagree. */
  readonly clock_flap_s: number;
  /** In which of the three forms of RFC 9110, section 5.6.7, the `Date` header is written and a date in `Retry-After`; `absent`: without a `Date`. */
  readonly date_form: 'imf' | 'rfc850' | 'asctime' | 'absent';
  /** Milliseconds before each answer. */
  readonly latencyMs: number;

  /** Serves the older dialect too, with its list under this name; `array`: the list alone, without an object around it. */
  readonly organization_logs: 'off' | 'data' | 'logs' | 'array';
  /** The older dialect's `order` parameter has no effect. */
  readonly ignore_order: boolean;
}

/** An answer with its place in the order of requests. */
export interface PlannedFailure extends Reply {
  /** 0 or more: how many requests are answered before. */
  readonly afterRequests: number;
}

/**
 * Faults by chance. Which request meets which fault depends on the plan and the request's number alone:
 * the same requests in the same order meet the same faults.
 */
export interface FaultPlan {
  /** 0 to 1: which part of the requests meets a fault. */
  readonly rate: number;
  /** A whole number, default 1. */
  readonly seed?: number;
  /** Drawn from with equal chance; default `survivableFaults`. */
  readonly kinds?: readonly FaultKind[];
  /** Request numbers, both included; default: the first and no last. */
  readonly from?: number;
  readonly to?: number;
}

/** What can befall a single request; `fault-plan.ts` says which knobs each turns. */
export type FaultKind =
  | '429_seconds'
  | '429_date'
  | '429_absent'
  | '429_zero'
  | '429_hour'
  | '429_ms'
  | '401_object'
  | '401_text'
  | '401_burst'
  | '403'
  | '500'
  | '502_html'
  | '503'
  | 'should_retry_true'
  | 'should_retry_false'
  | 'reset'
  | 'reset_before_body'
  | 'reset_mid_body'
  | 'truncated_json'
  | 'several_documents'
  | 'slow_body'
  | 'end_mid_body'
  | 'gzip_unlabelled'
  | 'gzip_mislabelled'
  | 'gzip_truncated'
  | 'gzip_x_gzip'
  | 'date_ahead'
  | 'date_behind'
  | 'date_rfc850'
  | 'date_asctime'
  | 'date_absent'
  | 'big_record'
  | 'bad_utf8'
  | 'gzip_always'
  | 'repeat_page'
  | 'has_more_true'
  | 'has_more_false'
  | 'no_last_id';

/** What the API does as far as it is documented, else what most integrations report; nothing fails. */
export const defaultKnobs: Knobs = {
  intercept: undefined,
  fail: [],
  faults: [],
  rate_limit: 0,
  refuse: 'no',
  retry_after: 'seconds',
  should_retry: 'absent',
  logging_off: 'no',
  tenant_unavailable: undefined,
  limit_above_max: 'clamp',
  ignore_unknown_params: true,
  ignore_filters: [],
  cursor_swap: false,
  repeat_page: false,
  ignore_window_with_after: false,
  order: 'desc',
  after_unknown: '400',
  cursor_expires_s: 0,
  insert_during_walk: 0,
  envelope: { object: 'present', ids: 'present' },
  no_last_id: false,
  has_more_lies: 'no',
  big_record_bytes: 0,
  record_bytes: 0,
  unsettled_s: 0,
  unsettled_time: 'null',
  bad_utf8: false,
  several_documents: false,
  truncated_json: false,
  reset: 'no',
  slow_body_ms: 0,
  body_bytes_per_s: 0,
  gzip: 'accepted',
  clock_skew_s: 0,
  clock_flap_s: 0,
  date_form: 'imf',
  latencyMs: 0,
  organization_logs: 'off',
  ignore_order: false,
};
