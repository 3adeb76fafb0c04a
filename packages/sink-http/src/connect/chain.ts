/** The certificates by which a host has shown itself, for people: from its own up to the authority. */
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

export interface ShownCertificate {
  /** Whose it is: the common name, or else the organization. */
  readonly subject: string;
  /** Who signed it, in the same way. */
  readonly issuer: string;
  /** The last moment at which it is valid, in milliseconds since the epoch. */
  readonly untilMs: number;
}

/** More are no chain of anybody's. */
const MOST = 10;

export function chainOf(socket: Pick<TLSSocket, 'getPeerCertificate'>): readonly ShownCertificate[] {
  const shown: ShownCertificate[] = [];
  const seen = new Set<string>();
  // Absent at the end of a chain that the host shows in parts, whatever the types say.
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (next?.fingerprint256 !== undefined && !seen.has(next.fingerprint256) && shown.length < MOST) {
    seen.add(next.fingerprint256);
    const { subject, issuer, valid_to: until = '' } = next;
    shown.push({ subject: nameIn(subject), issuer: nameIn(issuer), untilMs: Date.parse(until) });
    // An authority that has signed itself is its own issuer.
    next = next.issuerCertificate;
  }
  return shown;
}

/** A name that stands there more than once is a list. */
function nameIn(owner: Partial<DetailedPeerCertificate['subject']> | undefined): string {
  return [owner?.CN, owner?.O].flat().find((name) => name !== undefined && name !== '') ?? 'without a name';
}
