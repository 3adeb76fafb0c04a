/** What the key and the first answer say about the server, whatever it lists: all of it without a question of its own. */
import type { Check } from '@audit-relay/sink';
import type { SourceConfig } from '../config.ts';
import type { AskedPage, Probed } from './asker.ts';
import { faultCheck } from './fault-check.ts';

/** The `Date` of an answer is whole seconds; what is less than this apart is not worth a word. */
const SKEW_SECONDS = 5;

/** Prefixes as seen in use; no page of the vendor lists them. The longest first. */
const KEY_KINDS: readonly (readonly [prefix: string, kind: string])[] = [
  ['sk-proj-', 'a project key'],
  ['sk-svcacct-', 'a service account’s key'],
  ['sk-', 'a key of the older kind'],
];

const NEW_KEY = 'an owner of the organization makes an admin key with Audit Logs: Read';

/** Judged by its prefix alone; whether it works is the API's to say. The key itself stands in no word of it. */
export function keyCheck({ api_key: key, dialect }: SourceConfig): Check {
  const name = 'key';
  if (!/^[\x21-\x7e]+$/.test(key)) {
    const detail = 'it holds blanks or characters that no header may carry';
    return { name, verdict: 'fail', detail, fix: 'copy it anew, without quotes around it or text beside it' };
  }
  if (dialect === 'organization_logs')
    return { name, verdict: 'ok', detail: 'of this dialect’s keys no form is known' };
  if (key.startsWith('sk-admin-')) return { name, verdict: 'ok', detail: 'an admin key, by its prefix' };
  const kind = KEY_KINDS.find(([prefix]) => key.startsWith(prefix))?.[1] ?? 'no key of this API';
  const detail = `${kind}, by its prefix: only admin keys (sk-admin-…) may read audit logs`;
  return { name, verdict: 'warn', detail, fix: `${NEW_KEY}; nothing, if a gateway takes this one` };
}

export interface FirstAnswer {
  readonly asked: Probed;
  readonly config: SourceConfig;
  /** The proxy that the request went through. */
  readonly proxy: string | undefined;
}

/** Reach and access; with a page also clock and rate. */
export function serverChecks({ asked, config, proxy }: FirstAnswer): readonly Check[] {
  const place = `${placeOf(config.base_url)}${proxy === undefined ? '' : `, through the proxy ${placeOf(proxy)},`}`;
  if (asked.kind === 'page') {
    const access: Check = { name: 'access', verdict: 'ok', detail: 'the key may read audit logs' };
    return [reachCheck(place, asked), ...falseFaultCheck(asked), access, clockCheck(asked), rateCheck(asked, config)];
  }
  const { fault } = asked;
  const isSilent = /^(timeout|unreachable|broken|too_large|untrusted|proxy_refused)$/.test(fault.failure);
  if (isSilent) return [withPlace(faultCheck('reach', fault), place)];
  return [reachCheck(place, asked), faultCheck(fault.kind === 'refused' ? 'access' : 'answer', fault)];
}

/** Without user, password and query. */
function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`;
}

function withPlace(check: Check, place: string): Check {
  return { ...check, detail: `${place.replace(/,$/, '')}: ${check.detail}` };
}

function reachCheck(place: string, { tookMs }: Probed): Check {
  return { name: 'reach', verdict: 'ok', detail: `${place} answers in ${Math.round(tookMs)} ms` };
}

/** False refusals of keys that are in order have been seen in bursts. */
function falseFaultCheck({ faults }: Probed): readonly Check[] {
  const last = faults.at(-1);
  if (last === undefined) return [];
  const detail = `${faults.length} of ${faults.length + 1} tries failed (${last.failure}) before a page came`;
  return [{ name: 'answer', verdict: 'warn', detail, fix: 'nothing while it is rare: the relay asks again by itself' }];
}

function clockCheck(asked: AskedPage): Check {
  const name = 'clock';
  if (asked.serverSeconds === undefined) {
    const detail = 'the answer has no Date: this host’s clock decides which events are read';
    return { name, verdict: 'warn', detail, fix: 'let the proxy keep the header, and this host’s clock be set by NTP' };
  }
  // Any moment of that second.
  const ahead = Math.round(asked.midwayMs / 1000 - asked.serverSeconds - 0.5);
  if (Math.abs(ahead) <= SKEW_SECONDS) return { name, verdict: 'ok', detail: 'this host and the server agree' };
  const detail = `this host is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} the server`;
  return { name, verdict: 'warn', detail, fix: 'set this host’s clock by NTP: times of receipt come from it' };
}

/** Documented for other endpoints of the API, by the minute; whether this one sends them is not. */
function rateCheck({ header }: Probed, { requests_per_second: ours }: SourceConfig): Check {
  const name = 'rate';
  const limit = Number(header('x-ratelimit-limit-requests') ?? Number.NaN);
  if (Number.isNaN(limit)) {
    return { name, verdict: 'ok', detail: 'the server names no limit; where it asks to wait, the relay does' };
  }
  const remaining = wordIn(header('x-ratelimit-remaining-requests'));
  const reset = wordIn(header('x-ratelimit-reset-requests'));
  const detail = `the server names a limit of ${limit} requests, ${remaining} left, reset in ${reset}`;
  if (ours * 60 <= limit) return { name, verdict: 'ok', detail };
  const perSecond = Math.max(0.1, Math.floor(limit / 6) / 10);
  const fix = `if that is a minute’s, set requests_per_second to ${perSecond} or less`;
  return { name, verdict: 'warn', detail: `${detail}; requests_per_second is ${ours}`, fix };
}

/** A number or a duration such as `6m0s`; of anything else a header says nothing is shown. */
function wordIn(value: string | undefined): string {
  return value !== undefined && /^[\w.]{1,20}$/.test(value) ? value : 'unknown';
}
