/** What the doctor finds, whatever it looks at, and an error in its form. */
import type { Check } from '@audit-relay/sink';
import { codeOf, messageOf } from '../stopping.ts';

/** A check and what was checked. `doctor --json` prints it as it stands here. */
export interface Finding extends Check {
  readonly about: 'configuration' | 'start' | 'journal' | 'source' | 'sink';
  /** The file, for the start too; the folder; or the name in the configuration. */
  readonly of: string;
}

/** An error of ours says `what: fix`; of somebody else's nothing is known, and `fix` stands for what to do. */
export function failure(error: unknown, fix: string): Check {
  const name = codeOf(error) ?? 'error';
  const message = messageOf(error);
  const cut = message.indexOf(': ');
  // By its name: a class would not be the same one in two copies of the core.
  const isOurs = error instanceof Error && error.name === 'RelayError' && cut > 0;
  if (!isOurs) return { name, verdict: 'fail', detail: message, fix };
  return { name, verdict: 'fail', detail: message.slice(0, cut), fix: message.slice(cut + 2) };
}
