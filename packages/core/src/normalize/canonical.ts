/**
 * The canonical event: a record with a name for each thing it says, before any schema. `read-entry.ts`
 * makes it, `ecs.ts` and `ocsf.ts` write it down.
 */
import type { Entry, Organization } from '../entry.ts';
import type { Actor } from './actor.ts';
import type { Classification, EventOutcome, Variant } from './event-types.ts';
import type { Origin } from './origin.ts';
import type { Payload } from './payload.ts';

export interface CanonicalEvent {
  /** The API's own id. */
  readonly id: string;
  /** The API's own type, never rewritten. */
  readonly type: string;
  readonly dialect: 'audit_logs' | 'organization_logs';
  /** When it happened: milliseconds within the years 1 to 9999. */
  readonly timeMs: number;
  /** True: the record had no usable time, `timeMs` is the time of receipt. */
  readonly isTimeGuessed: boolean;
  readonly receivedMs: number;
  /** From the configuration; the event's own where that has no id and the event names it. */
  readonly organization: Organization | undefined;
  readonly project: { readonly id: string | undefined; readonly name: string | undefined };
  readonly classification: Classification;
  readonly outcome: EventOutcome;
  readonly failure: Failure | undefined;
  readonly actor: Actor;
  readonly origin: Origin;
  /** `openai.audit.target.type`. */
  readonly targetType: string | undefined;
  readonly payload: Payload;
  /** Only in the `organization_logs` dialect. */
  readonly call: ApiCall | undefined;
  /** `<type> by <actor> [on <target>] [from <ip>]`, without control characters. */
  readonly message: string;
}

/** What the API says about why it failed. */
export interface Failure {
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly type: string | undefined;
}

/** A call of the API, as far as an audit needs it. */
export interface ApiCall {
  readonly requestId: string | undefined;
  readonly model: string | undefined;
  readonly responseId: string | undefined;
  readonly responseModel: string | undefined;
  readonly finishReasons: readonly string[];
  /** ECS `gen_ai.operation.name`. */
  readonly operation: string | undefined;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly totalTokens: number | undefined;
}

/** What the two dialects say each in their own way. */
export type Said = Omit<CanonicalEvent, 'id' | 'timeMs' | 'isTimeGuessed' | 'receivedMs' | 'message'>;

/** The only two splits: a type otherwise has the same class for ever. */
export function variantOf(payload: Payload, mayChangeRole: boolean): Variant {
  if (payload.assignment?.isToGroup === true) return ' +group';
  return mayChangeRole && payload.roleRequested === undefined ? ' -role' : '';
}

/** The configured one goes first: it is on every event, the event's own on very few. */
export function organizationOf(entry: Entry, ownId: string | undefined): Organization | undefined {
  const { organization } = entry;
  if (ownId === undefined || organization?.id !== undefined) return organization;
  return organization?.name === undefined ? { id: ownId } : { id: ownId, name: organization.name };
}
