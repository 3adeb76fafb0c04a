/** Trust in one authority by its fingerprint, in place of a file. */
import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** No real chain is longer. */
const MOST_CERTIFICATES = 10;

/**
 * Whether the certificate with this SHA-256 fingerprint (hex, with or without colons) is the other side's own or has
 * signed it, through others in between. Each signature is checked: a chain of names alone can be made by anybody.
 */
export function isSignedBy(socket: TLSSocket, fingerprint: string): boolean {
  const wanted = fingerprint.replaceAll(':', '').toUpperCase();
  let shown: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  let below: X509Certificate | undefined;
  for (let depth = 0; depth < MOST_CERTIFICATES; depth += 1) {
    const { raw, issuerCertificate }: Partial<DetailedPeerCertificate> = shown ?? {};
    if (raw === undefined) return false;
    const certificate = new X509Certificate(raw);
    if (below !== undefined && !below.verify(certificate.publicKey)) return false;
    if (certificate.fingerprint256.replaceAll(':', '') === wanted) return true;
    if (issuerCertificate === undefined || issuerCertificate === shown) return false;
    below = certificate;
    shown = issuerCertificate;
  }
  return false;
}
