import type { Knobs } from '@audit-relay/openai-simulator';

/** The knobs that faults turn, as they are without. */
export const KNOBS: Partial<Knobs> = {
  faults: [],
  refuse: 'no',
  retry_after: 'seconds',
  clock_skew_s: 0,
  clock_flap_s: 0,
  rate_limit: 0,
  tenant_unavailable: undefined,
  cursor_swap: false,
  repeat_page: false,
  ignore_window_with_after: false,
  ignore_filters: [],
  order: 'desc',
  after_unknown: '400',
  cursor_expires_s: 0,
  envelope: { object: 'present', ids: 'present' },
  has_more_lies: 'no',
  several_documents: false,
  slow_body_ms: 0,
  latencyMs: 0,
  date_form: 'imf',
  logging_off: 'no',
};

/** Where an answer would ask for an hour's rest it names no time: a relay that is asked to wait does. */
export function withoutHours({ faults, ...knobs }: Partial<Knobs>): Partial<Knobs> {
  if (faults === undefined) return knobs;
  const plans = faults.map(({ kinds, ...plan }) => ({
    ...plan,
    ...(kinds && { kinds: kinds.map((kind) => (kind === '429_hour' ? '429_absent' : kind)) }),
  }));
  return { ...knobs, faults: plans };
}
