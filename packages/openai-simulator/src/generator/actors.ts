/** Who did it: every shape of `actor` that the reference or a live sample shows, in plausible shares. */
import type { Draw } from './draw.ts';
import type { User } from './organization.ts';

/** The value of `actor`, or undefined when the record has no such key. Logins are always sessions. */
export function drawActor(draw: Draw, type: string): object | null | undefined {
  if (type.startsWith('login.') || type.startsWith('logout.')) return session(draw, type);
  const share = draw.random.next();
  if (share < 0.86) return session(draw, type);
  if (share < 0.91) return apiKeyOfUser(draw);
  if (share < 0.98) return apiKeyOfServiceAccount(draw);
  return share < 0.99 ? null : undefined;
}

function session(draw: Draw, type: string): object {
  const user = draw.user();
  // A failed login may name nobody: the account was not known.
  const who = type === 'login.failed' && draw.random.chance(0.15) ? {} : { user: { id: user.id, email: user.email } };
  const ip_address = address(draw);
  // An older shape, before the API told of client and place.
  if (draw.random.chance(0.03)) return { type: 'session', session: { ...who, ip_address } };
  const client = { user_agent: user.userAgent, ja3: user.ja3, ja4: user.ja4 };
  return { type: 'session', session: { ...who, ip_address, ...client, ip_address_details: details(draw, user) } };
}

/** The API gives text for every detail, numbers too; what it does not know is empty or null. */
function details(draw: Draw, user: User): object | null {
  const share = draw.random.next();
  if (share < 0.01) return null;
  return share < 0.03 ? { ...user.network, asn: '', latitude: '', longitude: '' } : user.network;
}

/** From the ranges kept for documentation (RFC 5737, RFC 3849). */
function address(draw: Draw): string {
  const host = draw.random.below(254) + 1;
  if (draw.random.chance(0.06)) return `2001:db8:${draw.random.hex(4)}::${host.toString(16)}`;
  return draw.random.pick(['192.0.2.', '198.51.100.', '203.0.113.']) + host;
}

function apiKeyOfUser(draw: Draw): object {
  const { id, email, keyId } = draw.user();
  const key = { type: 'user', user: { id, email } };
  // The reference's own example has a key without its id.
  return { type: 'api_key', api_key: draw.random.chance(0.03) ? key : { id: keyId, ...key } };
}

function apiKeyOfServiceAccount(draw: Draw): object {
  const { id, keyId } = draw.random.pick(draw.organization.serviceAccounts);
  return { type: 'api_key', api_key: { id: keyId, type: 'service_account', service_account: { id } } };
}
