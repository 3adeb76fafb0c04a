/** TLS that does not come about, in words: certificates, versions, and what is no TLS at all. */
import type { FaultVerdict, Trouble } from './trouble.ts';

const AUTHORITY = 'name the authority that signed it in tls.ca_file';

/** Words on the other side's certificate: `%` is whose it is. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `the certificate of % is signed by nobody we trust, or comes without those between: ${AUTHORITY}`,
  UNABLE_TO_GET_ISSUER_CERT: `the certificate of % is signed by nobody we trust: ${AUTHORITY}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `the certificate of % is signed by nobody we trust: ${AUTHORITY}`,
  SELF_SIGNED_CERT_IN_CHAIN: `the certificate of % is signed by an authority that we do not trust, a company's own perhaps: ${AUTHORITY}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of % is signed by itself: put that certificate into tls.ca_file',
  CERT_HAS_EXPIRED: "the certificate of %, or one above it, has expired: renew it, or set this machine's clock",
  CERT_NOT_YET_VALID: "the certificate of % is not valid yet: set this machine's clock",
  CERT_REVOKED: 'the certificate of % is revoked: it needs another',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of % is for another name: write a name that stands in it into @',
  HOSTNAME_MISMATCH: 'the certificate of % is for another name: write a name that stands in it into @',
  CA_FINGERPRINT_MISMATCH:
    'no authority with the configured fingerprint signed the certificate of %: check ca_fingerprint',
};

/** Further codes that X.509 verification has; Node hands on OpenSSL's names. */
const OTHER_CERTIFICATE =
  /^(CERT_|UNABLE_TO_|INVALID_|PATH_LENGTH_|SUBTREE_|EE_|CA_|CRL_|ERR_TLS_CERT|ERR_TLS_INVALID|DIFFERENT_CRL|AKID_)/;

/** Alerts by which a server refuses our certificate, or that there is none. */
const OURS_REFUSED =
  /^ERR_SSL_\w*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED|DECRYPT_ERROR)/;

/** What OpenSSL says of bytes that are no TLS: a plain HTTP answer, a banner. */
const NO_TLS =
  /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|HTTPS_PROXY_REQUEST|UNEXPECTED_MESSAGE|RECORD_LAYER_FAILURE|BAD_RECORD_TYPE|DATA_LENGTH_TOO_LONG|INVALID_ALERT|RECORD_TOO_SMALL))$/;

/** No version or cipher in common; a server of TLS 1.2 also says so where it misses our certificate. */
const NOTHING_IN_COMMON =
  /^ERR_SSL_\w*(PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_SHARED_CIPHER|HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY|NO_PROTOCOLS_AVAILABLE|UNSAFE_LEGACY_RENEGOTIATION_DISABLED|DH_KEY_TOO_SMALL)/;

/** Undefined: it has nothing to do with TLS. */
export function certificateProblem({ code, step, urlKey }: Trouble): FaultVerdict | undefined {
  const isProxy = step === 'tls_proxy';
  const whose = isProxy ? 'the proxy' : 'the host';
  const key = isProxy ? 'proxy' : urlKey;
  const words = wordsOn(code, { whose, key });
  return words === undefined ? undefined : { fault: 'untrusted', words };
}

function wordsOn(code: string, { whose, key }: { whose: string; key: string }): string | undefined {
  const known = CERTIFICATES[code];
  if (known !== undefined) return known.replace('%', whose).replace('@', key);
  if (OTHER_CERTIFICATE.test(code)) return `the certificate of ${whose} is not trusted: check ${key} and tls.ca_file`;
  if (OURS_REFUSED.test(code)) {
    return `${whose} refuses our certificate, or that we show none: check tls.cert_file and tls.key_file`;
  }
  if (NO_TLS.test(code))
    return `${whose} speaks no TLS there: check the port in ${key}, and whether it is https at all`;
  if (NOTHING_IN_COMMON.test(code)) {
    return `${whose} and we agree on no TLS: it needs TLS 1.2 or later, and perhaps a client certificate (tls.cert_file)`;
  }
  if (/^ERR_SSL_\w*UNRECOGNIZED_NAME/.test(code))
    return `${whose} does not know the name that we ask for: check ${key}`;
  if (code.startsWith('ERR_SSL_')) return `TLS with ${whose} fails: check ${key}, tls and what stands between`;
  return undefined;
}
