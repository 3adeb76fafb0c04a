/** For `doctor`: reach, credentials, rights, template and target, one finding each. Reads only. */
import type { Check, Failure } from '@audit-relay/sink';
import { type Identity, identify } from '../identify.ts';
import { lookMsOf } from '../limits.ts';
import { grantsOf } from '../privileges.ts';
import { type Examined, troubled } from './finding.ts';
import { missingOf, neededFor } from './rights.ts';
import { checkDisk, checkTarget } from './target-state.ts';
import { checkTemplate } from './template-state.ts';

/** All findings that can be had; never rejects. */
export async function checkPeer(given: Omit<Examined, 'identity' | 'timeoutMs'>): Promise<readonly Check[]> {
  const findings: Check[] = [];
  try {
    const call = { timeoutMs: lookMsOf(given.config), signal: given.signal };
    const identity = await identify(given.peer, call);
    if (identity.kind !== 'identity') return [unreached(identity)];
    findings.push(reached(identity));
    const examined = { ...given, ...call, identity };
    findings.push(...(await checkRights(examined)));
    // Each of these would only say again that nobody lets us in.
    if (findings.some(({ name, verdict }) => name === 'credentials' && verdict === 'fail')) return findings;
    for (const look of [checkTemplate, checkTarget, checkDisk]) findings.push(...(await look(examined)));
  } catch {
    // The signal has fired; what is known by now is worth telling.
    findings.push({ name: 'reach', verdict: 'fail', detail: 'stopped before all was looked at', fix: 'try again' });
  }
  return findings;
}

function unreached(failure: Failure): Check {
  if (failure.kind === 'blocked' && failure.reason.startsWith('HTTP 401')) {
    const fix = 'put a valid api_key, username and password, or bearer under auth';
    return { name: 'credentials', verdict: 'fail', detail: failure.reason, fix };
  }
  const check = troubled('reach', failure);
  return failure.kind === 'retryable'
    ? { ...check, fix: 'check nodes, the network and the proxy; see whether the cluster is up' }
    : check;
}

function reached({ version, isServerless }: Identity): Check {
  if (isServerless) return { name: 'reach', verdict: 'ok', detail: 'Elasticsearch serverless' };
  if (version !== undefined) return { name: 'reach', verdict: 'ok', detail: `Elasticsearch ${version}` };
  const fix = 'grant the cluster privilege monitor, or let GET / pass';
  return { name: 'reach', verdict: 'warn', detail: 'Elasticsearch, which does not say its version', fix };
}

async function checkRights({ peer, config, ...call }: Examined): Promise<readonly Check[]> {
  const needed = neededFor(config);
  const privileges = needed.map(({ privilege }) => privilege);
  const grants = await grantsOf(peer, { config, privileges, timeoutMs: call.timeoutMs, signal: call.signal });
  if (grants.kind !== 'grants') return [troubled('credentials', grants)];
  const accepted: Check = { name: 'credentials', verdict: 'ok', detail: 'the cluster takes them' };
  const each = needed.map((right): Check => {
    const name = `privilege ${right.privilege}`;
    return grants.has(right.privilege) ? { name, verdict: 'ok', detail: right.purpose } : missingOf(right, config);
  });
  return [accepted, ...each];
}
