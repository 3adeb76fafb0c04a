/** Retries and drops dead letters: through the agent that runs on the journal, or by itself where none does. */
import { openOfflineControl, type Runtime } from '@audit-relay/core';
import { embeddedOf } from '../config/journal.ts';
import type { AgentConfig } from '../config/schema.ts';
import { type JournalReader, relayOf } from '../relay-access.ts';
import type { LetterKey } from './item.ts';

/** In one order to an agent, whose questions are short; and in one transaction. */
const AT_A_TIME = 300;

export type Action = 'retry' | 'drop';

export interface Changed {
  /** How many were changed: some may have gone meanwhile. */
  readonly changed: number;
  /** An agent did it. */
  readonly byAgent: boolean;
}

export interface Change {
  readonly action: Action;
  readonly keys: readonly LetterKey[];
  readonly reader: Pick<JournalReader, 'ask' | 'isHeld'>;
  readonly journal: AgentConfig['journal'];
  readonly runtime: Runtime;
}

/** @throws RelayError when the agent refuses or does not answer, or the journal cannot be opened. */
export async function change({ action, keys, reader, journal, runtime }: Change): Promise<Changed> {
  if (await reader.isHeld()) {
    const relay = relayOf(reader);
    return { changed: await inPortions(keys, (some) => relay.letters(action, some)), byAgent: true };
  }
  const letters = await openOfflineControl(embeddedOf(journal), runtime);
  try {
    const changed = await inPortions(keys, (some) => (action === 'retry' ? letters.retry(some) : letters.drop(some)));
    return { changed, byAgent: false };
  } finally {
    await letters.close();
  }
}

async function inPortions(
  keys: readonly LetterKey[],
  each: (some: readonly LetterKey[]) => Promise<number>,
): Promise<number> {
  let changed = 0;
  for (let at = 0; at < keys.length; at += AT_A_TIME) changed += await each(keys.slice(at, at + AT_A_TIME));
  return changed;
}
