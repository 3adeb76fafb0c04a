/** For `doctor`: what Datadog's API says of the key, and of what set-up has put there. */
import type { Check, SinkContext } from '@audit-relay/sink';
import { apiOf, type DatadogConfig } from '../config.ts';
import { openApiHttp } from '../setup/index.ts';
import { checkContents } from './contents.ts';
import { checkSite } from './site.ts';

/** Longest time for all of it, in milliseconds: what the intake said must reach the operator however silent the API is. */
const LIMIT_MS = 15_000;

export interface ApiQuestion {
  readonly config: DatadogConfig;
  readonly context: SinkContext;
  readonly signal: AbortSignal;
  /** A test has a shorter one than 15,000. */
  readonly limitMs?: number;
}

/** None where nobody has said where the API is. Never rejects. */
export async function checkApi({
  config,
  context,
  signal,
  limitMs = LIMIT_MS,
}: ApiQuestion): Promise<readonly Check[]> {
  const base = apiOf(config);
  if (base === undefined) return [];
  const findings: Check[] = [];
  const ended = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const http = openApiHttp(base, config, context);
  try {
    findings.push(await checkSite({ http, base, apiKey: config.api_key, signal: ended }));
    if (findings.every(({ verdict }) => verdict === 'ok')) {
      findings.push(...(await checkContents({ config, context, signal: ended })));
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const fix = 'try again; events need the intake alone';
    findings.push({ name: 'API', verdict: 'warn', detail: `not looked at to its end: ${why}`, fix });
  } finally {
    await http.close();
  }
  return findings;
}
