/** What the user says about documents in YAML: three keys at its top, which hold for every source and sink. */
import { z } from 'zod';

export interface NormalizationConfig {
  readonly redact: readonly RedactRule[];
  /** Present where a rule says `hash`. */
  readonly redact_key?: string;
  readonly normalize: NormalizeConfig;
}

/** One field of the API's record, and what becomes of it. */
export interface RedactRule {
  /** Keys joined by dots, from the top of the record: `actor.session.user.email`. */
  readonly field: string;
  /** `hash`: HMAC-SHA-256 in hex; `mask`: a fixed text; `drop`: the field is gone. */
  readonly with: 'hash' | 'mask' | 'drop';
}

export interface NormalizeConfig {
  /** Whether documents carry the record's own text, redacted: ECS `event.original`, OCSF `raw_data`. */
  readonly original: boolean;
  /** By event type; goes before the table. OCSF's scale. */
  readonly severity: Readonly<Record<string, Severity>>;
}

/** OCSF's `severity_id`: 1 informational, 2 low, 3 medium, 4 high, 5 critical, 6 fatal. */
export type Severity = 1 | 2 | 3 | 4 | 5 | 6;

/** What tells one event from another, and by what it is dated and read, in either dialect. */
const PROTECTED: readonly string[] = ['id', 'type', 'effective_at', 'event', 'created_at'];

const rule = z.strictObject({
  field: z
    .string()
    .regex(/^[^.]+(\.[^.]+)*$/, { error: 'expected a path such as actor.session.user.email' })
    .refine((field) => !PROTECTED.includes(field), {
      error: `expected a field other than ${PROTECTED.join(', ')}, by which events are known, dated and classified`,
    })
    .meta({ title: 'path' })
    .describe(
      'A field of the API’s own record, by its path: `actor.session.user.email`, `api_key.created.data.scopes`.',
    )
    .meta({ examples: ['actor.session.ip_address'] }),
  with: z
    .enum(['hash', 'mask', 'drop'])
    .describe('`hash`: HMAC-SHA-256 with `redact_key`, in hex. `mask`: a fixed text. `drop`: the field is left out.')
    .meta({ examples: ['hash'] }),
});

const normalize: z.ZodType<NormalizeConfig> = z.strictObject({
  original: z
    .boolean()
    .default(false)
    .describe('Puts the record’s own text, redacted, into ECS `event.original` and OCSF `raw_data`.'),
  severity: z
    .record(z.string().min(1), z.literal([1, 2, 3, 4, 5, 6]))
    .default({})
    .describe('By event type, instead of our own: 1 informational, 2 low, 3 medium, 4 high, 5 critical, 6 fatal.'),
});

/** Of the three keys together; each may be absent. */
export const normalizationConfigSchema: z.ZodType<NormalizationConfig> = z
  .strictObject({
    redact: z.array(rule).default([]).describe('Fields that nothing but the journal and its dead letters may show.'),
    redact_key: z
      .string()
      .min(1)
      .exactOptional()
      .describe('The secret of `with: hash`; 32 random bytes are best.')
      .meta({ examples: ['${REDACT_KEY}'] }),
    normalize: normalize.prefault({}).describe('How events become documents.'),
  })
  .superRefine(({ redact, redact_key: key }, context) => {
    const index = redact.findIndex((one) => one.with === 'hash');
    if (index === -1 || key !== undefined) return;
    const message = 'hash needs a `redact_key` at the top level: a secret, from ${VARIABLE} or ${file:/path}';
    context.addIssue({ code: 'custom', path: ['redact', index, 'with'], input: redact, message });
  });

/** Nothing redacted, nothing added, our own severities. */
export const PLAIN: NormalizationConfig = { redact: [], normalize: { original: false, severity: {} } };
