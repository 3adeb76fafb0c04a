/** What a `check` says of the certificates that a host has shown: whose they are, who signed them, and how long they last. */
import type { Check } from '@audit-relay/sink';
import type { ShownCertificate } from './connect/chain.ts';

const DAY_MS = 86_400_000;

/** Sooner than this its end is told, in days: what renews itself does so earlier. */
const SOON_DAYS = 14;

/**
 * Undefined: none was shown, since there was no TLS or no answer.
 * @param certificates `HttpClient.certificates()`, after an answer. @param nowMs milliseconds since the epoch.
 */
export function certificateCheck(certificates: readonly ShownCertificate[], nowMs: number): Check | undefined {
  const name = 'tls';
  const [own] = certificates;
  if (own === undefined) return undefined;
  // Whichever of them ends first ends the trust.
  const first = certificates.reduce((soonest, one) => (one.untilMs < soonest.untilMs ? one : soonest));
  const signers = [...new Set([own.issuer, ...certificates.slice(1).map(({ issuer }) => issuer)])];
  const detail = `the certificate of ${own.subject} is trusted, signed by ${signers.join(', by ')}; until ${dayOf(first.untilMs)}`;
  if (first.untilMs > nowMs + SOON_DAYS * DAY_MS) return { name, verdict: 'ok', detail };
  const fix = `renew that of ${first.subject} by then: events are held once it is over`;
  return { name, verdict: 'warn', detail, fix };
}

function dayOf(ms: number): string {
  return Number.isNaN(ms) ? 'an unknown day' : new Date(ms).toISOString().slice(0, 10);
}
