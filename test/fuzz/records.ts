/** Records as no documentation has them, and pages of them. */
import * as fc from 'fast-check';

export interface OddPage {
  readonly page: { readonly data: readonly unknown[]; readonly has_more: unknown };
  /** As it goes over the wire. */
  readonly text: string;
}

const ID = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'audit_log-1', '\ud800', 'a'.repeat(2_000)),
);
const ODD: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 4 });
const TIME = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom<unknown>('1700000000', '1e9', null, {}),
);
const TYPE = fc.oneof(
  fc.constantFrom(
    'login.failed',
    'api_key.created',
    'tenant.user.added',
    'project.updated',
    '__proto__',
    'constructor',
  ),
  fc.string(),
);
const ACTOR = fc.oneof(
  ODD,
  fc.record(
    {
      type: fc.oneof(fc.constantFrom('session', 'api_key'), ODD),
      session: fc.oneof(
        ODD,
        fc.record({
          user: ODD,
          ip_address: fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), ODD),
          user_agent: fc.oneof(fc.string({ unit: 'binary' }), ODD),
        }),
      ),
      api_key: ODD,
    },
    { requiredKeys: [] },
  ),
);

/** Members in any combination, of any kind, and members that nobody knows. */
export const RECORD: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .tuple(
    fc.record(
      {
        id: fc.oneof(ID, ODD),
        type: fc.oneof(TYPE, ODD),
        effective_at: TIME,
        actor: ACTOR,
        project: ODD,
        'login.failed': ODD,
        'api_key.created': ODD,
      },
      { requiredKeys: [] },
    ),
    fc.dictionary(fc.string(), ODD, { maxKeys: 3 }),
  )
  .map(([known, unknown]) => ({ ...unknown, ...known }));

/** Its `data` is a list always. */
export const PAGE: fc.Arbitrary<OddPage> = fc
  .record(
    {
      object: ODD,
      data: fc.array(fc.oneof({ weight: 4, arbitrary: RECORD }, { weight: 1, arbitrary: ODD }), { maxLength: 6 }),
      first_id: fc.oneof(ID, ODD),
      last_id: fc.oneof(ID, ODD),
      has_more: fc.oneof({ weight: 5, arbitrary: fc.boolean() }, { weight: 1, arbitrary: ODD }),
    },
    { requiredKeys: ['data', 'has_more'] },
  )
  .chain((page) =>
    // White space wherever JSON allows some, so that the cut of the records' own texts is tried too.
    fc.constantFrom(undefined, 1, '\t').map((space) => ({ page, text: JSON.stringify(page, undefined, space) })),
  );
