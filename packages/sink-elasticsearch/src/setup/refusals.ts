/** A refusal of the server in words that name the fix. Nothing but templates was sent, so no answer can quote an event. */
import type { SetupStep } from '@audit-relay/sink';
import { at } from './owned.ts';
import type { SetupAnswer } from './shapes.ts';

/** The part of a step or state that says why not. */
export type Refusal = Required<Pick<SetupStep, 'detail' | 'fix'>>;

/** Longest text of the server that is passed on, in characters. */
const REASON_LENGTH = 300;

/** @param right what the credentials need for it, as in `the cluster privilege manage_ilm`. */
export function refusalOf({ status, body }: SetupAnswer, right: string): Refusal {
  if (status === 401) return { detail: 'the server refuses the credentials (401)', fix: 'mend auth' };
  if (status === 403) {
    return {
      detail: `the credentials lack ${right} (403)`,
      fix: `grant ${right}; or run audit-relay setup once with credentials that have it, and leave manage_template out`,
    };
  }
  const reason = reasonOf(body);
  const detail = `the server answered ${status}: ${reason}`;
  // As seen of 8.19 and 9.5, when a template of the same priority matches the same names.
  if (/same priority/.test(reason)) return { detail, fix: 'give the other template another priority, or remove it' };
  return { detail, fix: status >= 500 || status === 429 ? 'run it again' : 'report it with this text' };
}

/** For what the transport throws. */
export function noAnswer(error: unknown): Refusal {
  const why = error instanceof Error ? error.message : String(error);
  return { detail: `no answer: ${why}`, fix: 'look at nodes, tls and proxy; audit-relay doctor says more' };
}

/** A path that the server does not know is answered with a text alone, and a proxy answers as it likes. */
function reasonOf(body: unknown): string {
  const error = at(body, ['error']);
  const reason = typeof error === 'string' ? error : at(error, ['reason']);
  return typeof reason === 'string' ? reason.slice(0, REASON_LENGTH) : 'no reason given';
}
