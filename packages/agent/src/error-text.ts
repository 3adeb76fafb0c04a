/** What a command says of what has ended it: the code, the words, and where every code stands with its fix. */
import { EACH_CODE } from './errors-page.ts';
import { codeOf, messageOf } from './stopping.ts';

/** Two lines, for stderr. */
export function errorText(error: unknown): string {
  return `${errorLine(error)}\n${EACH_CODE}\n`;
}

/** `JOURNAL_MISSING: there is no journal in …`; what the system itself refuses begins with its code already. */
export function errorLine(error: unknown): string {
  const code = codeOf(error) ?? 'UNCAUGHT';
  const message = messageOf(error);
  return message.startsWith(`${code}: `) ? message : `${code}: ${message}`;
}
