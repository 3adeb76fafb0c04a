/** What kafkajs says goes to the agent's log, without what it quotes. */
import type { LogThrottle } from '@audit-relay/sink-http';
import type { LogEntry } from 'kafkajs';
import { createLogger, LOG_LEVELS } from './internals.ts';

/**
 * A logger for kafkajs. Of a message the words before the first sign of a quotation are kept: behind it stands what a broker
 * said, which may quote what was sent. What keeps records from being taken is the reason of a send; these are hints.
 * @param isEnded whether the client has been ended by us, of which it has nothing to tell that anybody would want to know.
 */
export function clientLogger(log: Pick<LogThrottle, 'log'>, isEnded: () => boolean): object {
  return createLogger({
    level: LOG_LEVELS.WARN,
    logCreator: () => (entry) => {
      if (!isEnded()) log.log('KAFKA_CLIENT', fieldsOf(entry));
    },
  });
}

function fieldsOf({ namespace, log: { message } }: LogEntry): object {
  const [words = ''] = String(message).split(/[:"'({[]/, 1);
  return { client: 'kafkajs', area: namespace, words: words.trim() };
}
