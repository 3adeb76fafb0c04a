/** A fault of the API as a finding: what is wrong in `detail`, what to do about it in `fix`. */
import type { Check } from '@audit-relay/sink';
import type { Fault } from '../api/answer.ts';

/** A fault's words are `what: fix`; of a page that cannot be read, `what: why; fix`. */
export function faultCheck(name: string, fault: Fault): Check {
  const { kind, failure, problem, requestId, waitMs } = fault;
  const [what, fix] = cut(problem, kind === 'unreadable' ? '; ' : ': ');
  const wait = waitMs === undefined ? '' : `; it asks to be left alone for ${Math.ceil(waitMs / 1000)} s`;
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return {
    name,
    verdict: 'fail',
    detail: `${what}${wait}${request}`,
    fix: isPassing(failure) ? 'try again in some minutes; if it lasts, look at the proxy, or ask the vendor' : fix,
  };
}

/** Faults of which the relay's own words say that it goes on by itself. */
function isPassing(failure: string): boolean {
  return failure.startsWith('http_5');
}

function cut(text: string, at: string): readonly [what: string, fix: string] {
  const place = text.indexOf(at);
  return place < 0 ? [text, 'look at base_url and the network'] : [text.slice(0, place), text.slice(place + at.length)];
}
