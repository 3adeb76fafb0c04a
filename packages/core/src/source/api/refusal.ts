/**
 * Why the API, or what stands before it, refuses: cause and fix in words, told from status and body. The body itself may
 * quote the key and goes nowhere.
 */
import { isObject, type JsonValue } from '../../event.ts';
import type { RefusalCause } from '../health/cause.ts';

/** What is looked at: a 401 or 403, or a 400 where that is a refusal. */
export interface Refused {
  readonly status: number;
  readonly body: Uint8Array;
}

const ADMIN_KEY = 'api_key must be an admin key (sk-admin-…) of this organization, not a project or service key';
const UNREADABLE_ALLOWLIST = 'when it was switched on, the event that says so cannot be read from here either';

/** As far as words are looked at: what refuses may send a megabyte, and a pattern with two gaps takes the square of it. */
const MAX_WORDS = 4_000;

interface Cause {
  /** In the error's text: its code, or words of the vendor's. */
  readonly says: RegExp;
  readonly cause: RefusalCause;
  readonly problem: string;
}

/** Why, for a machine and for a human. */
export type Refusal = Pick<Cause, 'cause' | 'problem'>;

/**
 * The first that fits. Codes before words, since a text may quote the key. From the vendor's guide on error codes and its
 * pages on IP allowlists and mutual TLS (help.openai.com 20001201, 10876024), and from answers as users have shown them
 * (read 2026-11).
 */
const CAUSES: readonly Cause[] = [
  { says: /"invalid_api_key"/, cause: 'key_refused', problem: `the key is wrong or revoked: ${ADMIN_KEY}` },
  {
    says: /unsupported_country|country, region,? or territory/i,
    cause: 'region',
    problem:
      'the API does not serve the country or region of this host’s address: run the agent in one that it serves, or set proxy to one there',
  },
  {
    says: /incorrect_hostname|regional host ?name/i,
    cause: 'region',
    problem:
      'the organization keeps its data in a region, and base_url is not the host of that region: set it, such as https://eu.api.openai.com/v1 or https://us.api.openai.com/v1',
  },
  {
    says: /m(utual[ _-]?)?tls\b|certificate/i,
    cause: 'certificate_missing',
    problem:
      'the organization requires a client certificate (mutual TLS): set base_url to https://mtls.api.openai.com/v1, and tls.cert_file and tls.key_file to one that its uploaded authority has signed',
  },
  {
    says: /\bIP\b|\bip_|allow_?list/i,
    cause: 'address_refused',
    problem: `the API does not accept this host’s address: add it, or the proxy’s, to the IP allowlist of the organization (${UNREADABLE_ALLOWLIST})`,
  },
  {
    says: /scope|insufficient[ _]permission/i,
    cause: 'scope_missing',
    problem: 'the key lacks a right: give it Audit Logs = Read (scope api.audit_logs.read), as an organization owner',
  },
  {
    says: /audit.?log.*(enable|activat|turned o|switched o|disabled)|(enable|activat).*audit.?log/i,
    cause: 'logging_off',
    problem: 'audit logging is off: an owner turns it on under Organization settings, Data controls, Data retention',
  },
  {
    says: /rejected_by_access_enforcement|no_matching_rule/,
    cause: 'key_refused',
    problem: `the key is one of another product: ${ADMIN_KEY}`,
  },
  {
    says: /(mismatched|invalid|no)_organization|member of an organization|match organization/i,
    cause: 'organization_mismatch',
    problem:
      'the key and the organization do not belong together: make the admin key in the organization that is to be read',
  },
  {
    says: /deactivated|account_suspended/i,
    cause: 'key_refused',
    problem: 'the account behind the key is deactivated: an owner makes another key, or asks the support of OpenAI',
  },
  { says: /api.?key/i, cause: 'key_refused', problem: `the key is wrong or revoked: ${ADMIN_KEY}` },
];

export function refusalOf({ status, body }: Refused): Refusal {
  const text = new TextDecoder().decode(body);
  if (/^\s*</.test(text)) return { cause: 'address_refused', problem: pageProblem(status, text) };
  const error = errorIn(text);
  if (error === undefined) {
    return {
      cause: 'other_refusal',
      problem: `what stands between refuses (${status}), in words that are not the API’s: check base_url, the proxy or gateway on the way, and the key that it wants`,
    };
  }
  const cause = CAUSES.find(({ says }) => says.test(error));
  if (cause !== undefined) return { cause: cause.cause, problem: cause.problem };
  if (status === 400) {
    return {
      cause: 'no_tenant',
      problem: 'the API does not accept tenant_only: the organization probably has no tenant',
    };
  }
  const problem = `the API refuses the key (${status}): ${ADMIN_KEY}, with Audit Logs = Read; audit logging must be on; and look at the IP allowlist (${UNREADABLE_ALLOWLIST})`;
  return { cause: status === 401 ? 'key_refused' : 'other_refusal', problem };
}

/** The API speaks JSON; HTML is for people who were to see it in a browser. */
function pageProblem(status: number, text: string): string {
  if (/cloudflare|cf-(ray|error|wrapper)|\/cdn-cgi\//i.test(text)) {
    return `the firewall before the API (Cloudflare) does not let this host’s address through (${status}): exits that many share, of a VPN or a cloud, are often blocked: go by another address, or ask the support of OpenAI`;
  }
  return `a page of HTML came in place of the API (${status}): a firewall, proxy or login on the way does not let the request through: have it allow the host of base_url, and check base_url`;
}

/** The text of `{ error: { message, code } }`, `{ error: "text" }`, or of either without its wrapping. Undefined: words in no JSON. */
function errorIn(text: string): string | undefined {
  if (text.trim() === '') return '';
  try {
    // What JSON.parse returns is a JSON value by definition.
    const value = JSON.parse(text) as JsonValue;
    return JSON.stringify(isObject(value) ? (value['error'] ?? value) : value).slice(0, MAX_WORDS);
  } catch {
    return undefined;
  }
}
