/** The sources' way into a journal on Kafka, for tests: a topic prefix of its own, an assignment that is fixed or ends when told. */
import type { Runtime } from '@audit-relay/core/journal';
import { type Assignment, type KafkaJournalConfig, kafkaJournalConfigSchema } from '@audit-relay/journal-kafka';

export const NEVER: AbortSignal = new AbortController().signal;

export function configOf(broker: string, prefix: string, keys: object = {}): KafkaJournalConfig {
  const own = { brokers: [broker], topic_prefix: prefix, partitions: 2, replication_factor: 1, connect_timeout: '30s' };
  return kafkaJournalConfigSchema.parse({ ...own, ...keys });
}

export interface TestRuntime extends Runtime {
  /** Codes, in the order in which they were logged; of levels above debug. */
  readonly codes: readonly string[];
}

export function testRuntime(onStep: (code: string) => void = () => undefined): TestRuntime {
  const codes: string[] = [];
  return {
    codes,
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const onAbort = (): void => {
          clearTimeout(timer);
          reject(signal.reason);
        };
        const timer = setTimeout(() => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        }, ms);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    log: (level, code) => {
      if (level !== 'debug') codes.push(code);
      onStep(code);
    },
  };
}

/** One that holds until it is told otherwise. */
export function fixed(
  partitions: readonly number[],
  confirm: Assignment['confirm'] = async () => undefined,
): Assignment {
  return { generation: 1, memberId: 'fixed', partitions, revoked: NEVER, drainMs: 0, confirm };
}
