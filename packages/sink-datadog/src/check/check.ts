/** For `doctor`: whether the intake is reached, takes the key, and goes by the same time as this host. */
import type { Check } from '@audit-relay/sink';
import { type HttpAnswer, type HttpReply, parseHttpDate } from '@audit-relay/sink-http';
import { noOf } from '../answer.ts';
import type { DatadogConfig } from '../config.ts';

export interface Examined {
  /** A request without entries: nothing is stored of it. */
  ask(): Promise<HttpReply>;
  readonly config: DatadogConfig;
  readonly nowMs: number;
}

/** All findings that can be had; never rejects. */
export async function checkPeer({ ask, config, nowMs }: Examined): Promise<readonly Check[]> {
  const reply = await ask().catch(() => undefined);
  if (reply === undefined) {
    return [{ name: 'reach', verdict: 'fail', detail: 'stopped before all was looked at', fix: 'try again' }];
  }
  if (reply.kind === 'fault') return [unreached(reply)];
  const reach: Check = { name: 'reach', verdict: 'ok', detail: `the intake answers with HTTP ${reply.status}` };
  return [reach, keyOf(reply, { config, nowMs }), clockOf(reply, nowMs)];
}

function unreached({ fault, reason }: Extract<HttpReply, { readonly kind: 'fault' }>): Check {
  const name = fault === 'untrusted' ? 'tls' : 'reach';
  const fix =
    name === 'tls'
      ? 'put the authority of the certificate under tls.ca_file, or the name that it is for into url'
      : 'check site or url, the network and the proxy';
  return { name, verdict: 'fail', detail: reason, fix };
}

/** Some answer 400 to a request without entries, but only to a key that they know. */
function keyOf(reply: HttpAnswer, asked: Pick<Examined, 'config' | 'nowMs'>): Check {
  const name = 'key';
  const failure = noOf(reply, asked);
  if (failure === undefined || failure.kind === 'rejected')
    return { name, verdict: 'ok', detail: 'the intake takes it' };
  const fix =
    failure.kind === 'blocked' ? 'change the configuration as it says' : 'see whether Datadog is well, then try again';
  return { name, verdict: 'fail', detail: failure.reason, fix };
}

/** Longest difference of the clocks before it is told, in milliseconds. */
const SKEW_MS = 300_000;

function clockOf(reply: HttpAnswer, nowMs: number): Check {
  const name = 'clock';
  const dateMs = parseHttpDate(reply.header('date'), nowMs);
  if (dateMs === undefined) return { name, verdict: 'ok', detail: 'the intake tells no time' };
  const seconds = Math.round((dateMs - nowMs) / 1_000);
  if (Math.abs(seconds) * 1_000 <= SKEW_MS) {
    return { name, verdict: 'ok', detail: 'as the intake’s, within five minutes' };
  }
  const fix = 'set the clock that is wrong (NTP): Datadog drops what is more than 18 hours old by its own';
  const detail = `the intake’s clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`;
  return { name, verdict: 'warn', detail, fix };
}
