/** For `doctor`: of each address whether it is reached and well, then the token, the index, acknowledgments, and the clock. */
import { randomUUID } from 'node:crypto';
import type { Check } from '@audit-relay/sink';
import { certificateCheck, failureOf, type HttpReply, parseHttpDate } from '@audit-relay/sink-http';
import { askFor, refusalIn, statusesIn, troubleIn } from '../acks/poller.ts';
import { told, wordsOf } from '../answer.ts';
import type { Code, Meaning } from '../codes.ts';
import type { SplunkHecConfig } from '../config.ts';
import type { Endpoint } from '../endpoint.ts';

export interface Examined {
  readonly endpoints: readonly Endpoint[];
  readonly config: SplunkHecConfig;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

type HecAnswer = Extract<HttpReply, { readonly kind: 'answer' }>;

interface One extends Omit<Examined, 'endpoints'> {
  readonly endpoint: Endpoint;
}

/** All findings that can be had; never rejects. Nothing that is asked here is stored, or takes an id or a status away. */
export async function checkPeer({ endpoints, ...rest }: Examined): Promise<readonly Check[]> {
  const findings: Check[] = [];
  for (const endpoint of endpoints) {
    const found = await checkOne({ ...rest, endpoint });
    const { host } = new URL(endpoint.base);
    findings.push(
      ...found.map((check) => (endpoints.length === 1 ? check : { ...check, name: `${host} ${check.name}` })),
    );
  }
  return findings;
}

async function checkOne(one: One): Promise<readonly Check[]> {
  const findings: Check[] = [];
  try {
    const health = await one.endpoint.request({ to: 'health', signal: one.signal });
    if (health.kind === 'fault') return [unreached(health)];
    findings.push(transport(one), healthOf(health, one), clock(health, one));
    const token = await checkToken(one);
    findings.push(token);
    // What is not Splunk might store the envelope without an event that comes next.
    if (token.verdict !== 'ok') return findings;
    if (one.config.receiver === 'other') return findings;
    findings.push(await checkIndex(one), await checkAcks(one));
  } catch {
    findings.push({ name: 'reach', verdict: 'fail', detail: 'stopped before all was looked at', fix: 'try again' });
  }
  return findings;
}

function unreached(reply: Extract<HttpReply, { readonly kind: 'fault' }>): Check {
  const name = reply.fault === 'untrusted' ? 'tls' : 'reach';
  const fix =
    name === 'tls'
      ? 'put the authority of the certificate under tls.ca_file, or the name that it is for into url'
      : 'check url, the network and the proxy; see whether Splunk is up and its collector enabled';
  return { name, verdict: 'fail', detail: reply.reason, fix };
}

function transport({ endpoint, nowMs }: One): Check {
  const none: Check = { name: 'tls', verdict: 'ok', detail: 'none: the address is this machine' };
  return certificateCheck(endpoint.certificates(), nowMs) ?? none;
}

function healthOf(reply: HecAnswer, { config }: One): Check {
  const name = 'health';
  const { status } = reply;
  const { known } = wordsOf(reply) ?? {};
  const isFine = status >= 200 && status < 300;
  if (known?.meaning === 'healthy') return { name, verdict: 'ok', detail: 'the collector is healthy' };
  // Some have no such address.
  if (config.receiver === 'other' && (isFine || status === 404))
    return { name, verdict: 'ok', detail: `HTTP ${status}` };
  if (known !== undefined && !isFine) return unwell(known);
  // Balancers often let only the address for events through: what comes next decides.
  const verdict = status === 404 || isFine ? 'warn' : 'fail';
  const fix = 'check that url leads to the HTTP Event Collector (port 8088 unless changed), or set receiver: other';
  return { name, verdict, detail: `HTTP ${status} without Splunk’s word on its health`, fix };
}

function unwell({ meaning, words }: Code): Check {
  return { name: 'health', verdict: 'fail', detail: words, fix: HEALTH_FIXES[meaning] ?? 'see whether Splunk is well' };
}

const HEALTH_FIXES: Partial<Record<Meaning, string>> = {
  unhealthy: 'see whether the indexers are well (index=_internal component=HttpInputDataHandler)',
  blocked: 'mend the token, or put a valid one under token',
};

/** Longest difference of the clocks before it is told, in milliseconds. */
const SKEW_MS = 300_000;

function clock(reply: HecAnswer, { nowMs }: One): Check {
  const name = 'clock';
  const dateMs = parseHttpDate(reply.header('date'), nowMs);
  if (dateMs === undefined) return { name, verdict: 'ok', detail: 'the server tells no time' };
  const seconds = Math.round((dateMs - nowMs) / 1_000);
  if (Math.abs(seconds) * 1_000 <= SKEW_MS)
    return { name, verdict: 'ok', detail: 'as the server’s, within five minutes' };
  const fix = 'set the clock that is wrong (NTP): searches over recent time would miss events';
  const detail = `the server’s clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`;
  return { name, verdict: 'warn', detail, fix };
}

/** A request without events: what Splunk says of it, code 5, it says only to a token that it knows. */
async function checkToken({ endpoint, config, signal, nowMs }: One): Promise<Check> {
  const name = 'token';
  const reply = await endpoint.request({ to: 'event', body: '', channel: randomUUID(), signal });
  const known = reply.kind === 'answer' ? tokenTold(reply, config) : undefined;
  if (known !== undefined) return known;
  const failure = reply.kind === 'fault' ? failureOf(reply) : failureIn(reply, { config, nowMs });
  const fix =
    failure.kind === 'blocked'
      ? 'change the configuration, or the token in Splunk, as it says'
      : 'see whether Splunk is well, then try again';
  return { name, verdict: 'fail', detail: failure.reason, fix };
}

/** What an answer to nothing says that is no failure; undefined: it is one. */
function tokenTold(answer: HecAnswer, { receiver }: SplunkHecConfig): Check | undefined {
  const { code, known } = wordsOf(answer) ?? {};
  const { status } = answer;
  if (code === 5) return { name: 'token', verdict: 'ok', detail: 'the collector takes it' };
  if (receiver === 'other' && (status < 300 || status === 400)) {
    const detail = `HTTP ${status} to a request without events: nothing is said against it`;
    return { name: 'token', verdict: 'ok', detail };
  }
  return known?.meaning === 'yes' ? NOT_SPLUNK : undefined;
}

/** Splunk says code 5 to nothing; events would be taken all the same. */
const NOT_SPLUNK: Check = {
  name: 'token',
  verdict: 'warn',
  detail:
    'the receiver says yes to a request without events, as Splunk does not: whether it knows the token is not said',
  fix: 'set receiver: other if it is not Splunk',
};

function failureIn(reply: HecAnswer, asked: Pick<One, 'config' | 'nowMs'>) {
  const answer = told(reply, { ...asked, count: 1, hasWorked: false });
  // One event and no yes: neither a partial answer nor an ack.
  if (answer.kind === 'no' && answer.result.kind !== 'partial') return answer.result;
  return { kind: 'retryable', reason: `HTTP ${reply.status} to a request without events` } as const;
}

/** An envelope without its event, which Splunk stores nothing of: some versions look at the index first, others do not. */
async function checkIndex({ endpoint, config, signal }: One): Promise<Check> {
  const name = 'index';
  const { index } = config;
  if (index === undefined) return { name, verdict: 'ok', detail: 'the default index of the token' };
  const reply = await endpoint.request({ to: 'event', body: JSON.stringify({ index }), channel: randomUUID(), signal });
  if (reply.kind === 'answer' && wordsOf(reply)?.code === 7) {
    const fix = `add ${index} to the token’s allowed indexes in Splunk, or set index to one of them`;
    return { name, verdict: 'fail', detail: `the token does not allow ${index}, or there is no such index`, fix };
  }
  return { name, verdict: 'ok', detail: `nothing is said against ${index}; the first event tells for certain` };
}

async function checkAcks({ endpoint, config, signal }: One): Promise<Check> {
  const name = 'indexer acknowledgment';
  const { indexer_ack: wanted } = config;
  // On a channel of its own, where no status waits to be read once.
  const reply = await askFor(endpoint, { ids: [0], channel: randomUUID(), signal });
  if (statusesIn(reply) !== undefined) {
    if (wanted !== 'off') return { name, verdict: 'ok', detail: 'on: events count once they are indexed' };
    const fix =
      'set indexer_ack to auto, or disable acknowledgment for the token: statuses that nobody reads fill its channel';
    return { name, verdict: 'warn', detail: 'the token has it, and indexer_ack is off', fix };
  }
  const detail = refusalIn(reply, false) ?? troubleIn(reply);
  if (wanted === 'off') return { name, verdict: 'ok', detail: 'off' };
  const fix =
    'enable indexer acknowledgment for the token in Splunk; on Splunk Cloud, which has none, set indexer_ack to off';
  return { name, verdict: wanted === 'required' ? 'fail' : 'warn', detail: `not to be had: ${detail}`, fix };
}
