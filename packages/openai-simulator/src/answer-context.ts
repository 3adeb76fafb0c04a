/** What an answer is made from beside the request. */
import type { AuditLog } from './audit-log.ts';
import type { History } from './history.ts';
import type { Knobs } from './knobs.ts';

export interface AnswerContext {
  readonly log: AuditLog;
  /** As they stand for this request. */
  readonly knobs: Knobs;
  /** The only bearer token that opens the log. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly history: History;
}
