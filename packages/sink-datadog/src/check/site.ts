/**
 * For `doctor`: whether the site knows the key, which the intake's yes does not prove. Which other site may know it is not found out, because that
 * would hand the key to regions that it is not of.
 */
import type { Check } from '@audit-relay/sink';
import type { HttpClient, HttpReply } from '@audit-relay/sink-http';

export interface SiteQuestion {
  /** Open to Datadog's API. */
  readonly http: HttpClient;
  /** Its address, for words. */
  readonly base: string;
  readonly apiKey: string;
  readonly signal: AbortSignal;
}

const NAME = 'site';

/** One finding. @throws the signal's reason. */
export async function checkSite({ http, base, apiKey, signal }: SiteQuestion): Promise<Check> {
  const { hostname } = new URL(base);
  // docs.datadoghq.com/api/latest/authentication (read in November 2026): {"valid":true}, or 403.
  const headers = { 'dd-api-key': apiKey, accept: 'application/json' };
  const reply = await http.request({ path: '/api/v1/validate', headers, signal });
  if (reply.kind === 'fault') return unknown(`${hostname}: ${reply.reason}`);
  if (reply.status === 401 || reply.status === 403) {
    return { name: NAME, verdict: 'fail', detail: `${hostname} does not know the key (${reply.status})`, fix: FIX };
  }
  return isYes(reply)
    ? { name: NAME, verdict: 'ok', detail: `${hostname} knows the key` }
    : unknown(`${hostname} answered ${reply.status}`);
}

const FIX =
  'a key is known at one site alone: compare site with what stands in your browser, where app.datadoghq.eu is eu and us5.datadoghq.com is us5; else put a valid key under api_key';

function isYes(reply: HttpReply): boolean {
  return reply.kind === 'answer' && reply.status === 200 && Object(reply.json()).valid === true;
}

/** Events may be taken all the same: the intake is another host. */
function unknown(detail: string): Check {
  const fix = 'see whether api_url, or the API of the site, can be reached from here; events need the intake alone';
  return { name: NAME, verdict: 'warn', detail: `it is not known whether the key is valid: ${detail}`, fix };
}
