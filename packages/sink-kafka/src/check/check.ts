/** For `doctor`: brokers, credentials, protocol, topic, copies, limits, write permission and clock. Nothing of it is stored. */
import type { Check } from '@audit-relay/sink';
import { ClientError, type Trouble } from '../client/port.ts';
import { ownSendMs, silenceMs } from '../limits.ts';
import { Overdue, within } from '../within.ts';
import { checkClock, checkWriting } from './asked.ts';
import { count, type Examination, type Examined } from './examination.ts';
import { checkSettings } from './settings.ts';
import { checkTopic } from './topic.ts';

/** All findings that can be had; never rejects. Ends the client. */
export async function checkPeer(examined: Examined): Promise<readonly Check[]> {
  const findings: Check[] = [];
  try {
    const examination = { ...examined, ask: <T>(question: Promise<T>) => asked(question, examined) };
    findings.push(...(await checkReach(examination)));
    if (findings.some(({ verdict, name }) => verdict === 'fail' && name !== 'brokers')) return findings;
    const { found, partitions } = await checkTopic(examination);
    findings.push(...found);
    if (partitions === undefined) return findings;
    findings.push(...(await checkSettings(examination, partitions)));
    findings.push(await checkWriting(examination), await checkClock(examination));
  } catch {
    // The signal has fired; what is known by now is worth telling.
    findings.push({ name: 'reach', verdict: 'fail', detail: 'stopped before all was looked at', fix: 'try again' });
  } finally {
    examined.admin.destroy();
  }
  return findings;
}

async function asked<T>(question: Promise<T>, { admin, config, signal }: Examined) {
  const silence = { silenceMs: silenceMs(config), heard: () => admin.heard() };
  try {
    return { answer: await within(question, { limitMs: ownSendMs(config), silence, signal }) };
  } catch (error) {
    signal.throwIfAborted();
    return { trouble: troubleIn(error) };
  }
}

function troubleIn(error: unknown): Trouble {
  if (error instanceof ClientError) return error.trouble;
  if (error instanceof Overdue) return { kind: 'overdue', sent: false };
  return { kind: 'client', name: error instanceof Error ? error.name : 'Error', sent: false };
}

/** Brokers, TLS and credentials: one way leads through all of them, so what fails is told by its trouble. */
async function checkReach({ admin, config, judge, ask }: Examination): Promise<readonly Check[]> {
  const connected = await ask(admin.connect());
  if ('trouble' in connected) return [unreached(connected.trouble, judge)];
  const brokers = await ask(admin.brokers());
  const states = 'answer' in brokers ? brokers.answer : [];
  const lost = states.filter(({ trouble }) => trouble !== undefined);
  const reach: Check = { name: 'reach', verdict: 'ok', detail: `a cluster of ${count(states.length, 'broker')}` };
  return [
    reach,
    lost.length === 0 ? { name: 'brokers', verdict: 'ok', detail: 'each is reached' } : unreachable(lost, judge),
    { name: 'tls', verdict: 'ok', detail: config.tls === undefined ? 'none' : 'the certificates are trusted' },
    { name: 'credentials', verdict: 'ok', detail: config.sasl === undefined ? 'none' : 'the brokers take them' },
    await checkProtocol({ admin, ask }),
  ];
}

function unreached(trouble: Trouble, judge: Examined['judge']): Check {
  const { kind, reason } = judge.trouble(trouble);
  const [name, fix] =
    trouble.kind === 'credentials' || trouble.kind === 'code'
      ? ['credentials', 'change sasl as it says']
      : kind === 'blocked'
        ? ['tls', 'put the authority of the certificate under tls.ca_file, or change brokers or tls as it says']
        : ['reach', 'check brokers, the network and the listener’s port; see whether the cluster is up'];
  return { name, verdict: 'fail', detail: reason, fix };
}

/** The classic: the first broker is reached, and the addresses that it gives are not. */
function unreachable(
  lost: readonly { readonly address: string; readonly trouble?: Trouble }[],
  judge: Examined['judge'],
): Check {
  const [first] = lost;
  const why = first?.trouble === undefined ? '' : `: ${judge.trouble(first.trouble).reason}`;
  const fix = 'set advertised.listeners of the brokers to addresses that are reached from here, or start what is down';
  return {
    name: 'brokers',
    verdict: 'warn',
    detail: `not reached: ${lost.map(({ address }) => address).join(', ')}${why}`,
    fix,
  };
}

/** The highest version of the request Produce that our client speaks, which Kafka has had since 2.1. */
const OUR_PRODUCE = 7;
/** Kafka 4.0 and later speak no lower one (KIP-896). */
const LOWEST_PRODUCE = 3;

async function checkProtocol({ admin, ask }: Pick<Examination, 'admin' | 'ask'>): Promise<Check> {
  const name = 'protocol';
  const versions = await ask(admin.produceVersions());
  const fix = 'use brokers of Kafka 2.1 or later';
  if ('trouble' in versions) return { name, verdict: 'warn', detail: 'the broker does not say its versions', fix };
  const [lowest, highest] = versions.answer;
  const detail = `Produce ${lowest} to ${highest}`;
  if (lowest > OUR_PRODUCE || highest < LOWEST_PRODUCE) return { name, verdict: 'fail', detail, fix };
  return highest < OUR_PRODUCE ? { name, verdict: 'warn', detail, fix } : { name, verdict: 'ok', detail };
}
