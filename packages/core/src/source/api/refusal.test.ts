/** Why the API refuses, by bodies as they are documented or as users have shown them. */
import { describe, expect, test } from 'vitest';
import type { RefusalCause } from '../health/cause.ts';
import { refusalOf } from './refusal.ts';

const CANARY = 'canary-7d31';

function problemOf(status: number, body: string): string {
  return refusalOf({ status, body: new TextEncoder().encode(body) }).problem;
}

/** As the API writes it; `request_id` stands for what else may be in there. */
const error = (fields: { message: string; type?: string; code?: string }): string =>
  JSON.stringify({ error: { type: 'invalid_request_error', param: null, code: null, ...fields }, request_id: CANARY });

const REGION = 'Country, region, or territory not supported';
const HOSTNAME =
  'Attempted to access resource with incorrect regional hostname. Please make your request to us.api.openai.com';
const SCOPES =
  'You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read. Check that you have the correct role in your organization.';

describe('a refusal names its cause and what to do', () => {
  const cases: readonly [name: string, status: number, body: string, ...words: RegExp[]][] = [
    [
      'a wrong key',
      401,
      error({ message: `Incorrect API key provided: ${CANARY}.`, code: 'invalid_api_key' }),
      /^the key is wrong or revoked/,
      /sk-admin-/,
    ],
    [
      'a wrong key that reads like other causes',
      401,
      error({ message: 'Incorrect API key provided: IP-scope-mtls', code: 'invalid_api_key' }),
      /^the key is wrong/,
    ],
    [
      'no key',
      401,
      error({ message: "You didn't provide an API key. You need to provide your API key in an Authorization header" }),
      /^the key is wrong or revoked/,
    ],
    ['a missing scope', 401, error({ message: SCOPES }), /^the key lacks a right/, /api\.audit_logs\.read/],
    ['a missing scope, as bare text', 401, JSON.stringify({ error: SCOPES }), /^the key lacks a right/],
    [
      'a country that is not served',
      403,
      error({ message: REGION, type: 'request_forbidden', code: 'unsupported_country_region_territory' }),
      /country or region of this host/,
      /proxy/,
    ],
    [
      'the same without its wrapping',
      403,
      JSON.stringify({
        code: 'unsupported_country_region_territory',
        message: REGION,
        param: null,
        type: 'request_forbidden',
      }),
      /country or region/,
    ],
    [
      'data in another region',
      401,
      error({ message: HOSTNAME, code: 'incorrect_hostname' }),
      /keeps its data in a region/,
      /base_url/,
    ],
    [
      'an address off the allowlist',
      401,
      error({ message: 'IP not authorized' }),
      /does not accept this host’s address/,
      /IP allowlist/,
    ],
    [
      'an address off the allowlist, by its code',
      401,
      error({ message: '', code: 'ip_not_authorized' }),
      /IP allowlist/,
    ],
    [
      'no client certificate',
      401,
      error({ message: 'A client certificate is required', code: 'certificate_required' }),
      /client certificate/,
      /tls\.cert_file/,
      /mtls\.api\.openai\.com/,
    ],
    [
      'no client certificate, in other words',
      401,
      error({ message: 'mTLS authentication is required for this organization' }),
      /tls\.cert_file/,
    ],
    [
      'logging that is off',
      403,
      error({ message: 'Audit logging is not enabled for this organization.' }),
      /^audit logging is off/,
      /Data retention/,
    ],
    [
      'a token of another product',
      403,
      error({ message: 'rejected_by_access_enforcement', code: 'no_matching_rule' }),
      /another product/,
    ],
    [
      'a key without an organization',
      401,
      error({ message: 'You must be a member of an organization to use the API.', code: 'no_organization' }),
      /do not belong together/,
    ],
    [
      'another organization’s key',
      401,
      error({
        message: 'OpenAI-Organization header should match organization for API key',
        code: 'mismatched_organization',
      }),
      /do not belong together/,
    ],
    [
      'a deactivated account',
      401,
      error({
        message: 'The OpenAI account associated with this API key has been deactivated.',
        code: 'account_deactivated',
      }),
      /is deactivated/,
    ],
    ['no tenant', 400, error({ message: 'Invalid request.' }), /probably has no tenant/],
    ['a 401 without a body', 401, '', /^the API refuses the key \(401\)/],
    ['a 403 that says nothing we know', 403, error({ message: 'Forbidden' }), /^the API refuses the key \(403\)/],
    [
      'Cloudflare’s page',
      403,
      `<!DOCTYPE html><title>Attention Required! | Cloudflare</title> Sorry, you have been blocked ${CANARY}`,
      /Cloudflare/,
      /another address/,
    ],
    [
      'a firewall’s page',
      403,
      `<html><h1>Access denied by policy: your IP, scope, API key ${CANARY}</h1>`,
      /page of HTML/,
      /firewall, proxy or login/,
    ],
    ['a page after a byte order mark', 401, '\ufeff\n <HTML>log in</HTML>', /page of HTML/],
    ['a page in answer to tenant_only', 400, '<html>Bad Request</html>', /page of HTML/],
    ['a service mesh', 403, 'RBAC: access denied', /not the API’s/, /gateway/],
  ];
  test.each(cases)('%s', (_, ...[status, body, ...words]) => {
    const problem = problemOf(status, body);
    for (const each of words) expect(problem).toMatch(each);
    expect(problem).not.toContain(CANARY);
    if (!words.some((each) => /key|product|sk-admin/.test(each.source))) expect(problem).not.toContain('sk-admin');
  });
});

describe('a refusal has one word for machines', () => {
  test.each<{ cause: RefusalCause; status: number; body: string }>([
    { cause: 'key_refused', status: 401, body: error({ message: 'no', code: 'invalid_api_key' }) },
    { cause: 'key_refused', status: 401, body: '' },
    { cause: 'scope_missing', status: 401, body: error({ message: SCOPES }) },
    { cause: 'region', status: 403, body: error({ message: REGION }) },
    { cause: 'region', status: 401, body: error({ message: HOSTNAME, code: 'incorrect_hostname' }) },
    { cause: 'address_refused', status: 401, body: error({ message: 'IP not authorized' }) },
    { cause: 'address_refused', status: 403, body: '<html>Access denied</html>' },
    { cause: 'certificate_missing', status: 401, body: error({ message: 'A client certificate is required' }) },
    { cause: 'logging_off', status: 403, body: error({ message: 'Audit logging is not enabled.' }) },
    { cause: 'organization_mismatch', status: 401, body: error({ message: 'no', code: 'no_organization' }) },
    { cause: 'no_tenant', status: 400, body: error({ message: 'Invalid request.' }) },
    { cause: 'other_refusal', status: 403, body: error({ message: 'Forbidden' }) },
    { cause: 'other_refusal', status: 403, body: 'RBAC: access denied' },
  ])('$cause of $status $body', ({ cause, status, body }) => {
    expect(refusalOf({ status, body: new TextEncoder().encode(body) }).cause).toBe(cause);
  });
});

test('no more than the first words are searched, as what refuses may send a megabyte of them', () => {
  const told = (before: number) => {
    const message = `${'audit log '.repeat(before / 10)}Audit logging is not enabled.`;
    return refusalOf({ status: 403, body: new TextEncoder().encode(error({ message })) }).cause;
  };
  expect([told(2_000), told(5_000)]).toEqual(['logging_off', 'other_refusal']);
});
