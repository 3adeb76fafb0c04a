/**
 * Opens damaged journals, one after another, and says of each how it went: a line of JSON to a line of JSON. A journal
 * that ends this process by a signal, or by an error that nobody caught, is what the test looks for.
 */
import { createInterface } from 'node:readline';
import { readJournal } from '@audit-relay/core';
import { deliver, owed } from './journal.ts';
import type { Trial, TrialResult } from './order.ts';

async function look(folder: string): Promise<void> {
  const reader = await readJournal(folder);
  try {
    reader.stats();
    reader.checkpoints();
    const { length } = [...reader.deadLetters('siem'), ...reader.malformedRecords('acme')];
    if (length !== 5) throw new Error(`${length} dead letters`);
  } finally {
    await reader.close();
  }
}

async function attempt(trial: Trial): Promise<TrialResult> {
  try {
    if (trial.look) await look(trial.folder);
    const ids = await deliver(trial.folder);
    const expected = owed();
    const isRight = ids.length === expected.length && ids.every((id, index) => id === expected[index]);
    return isRight ? { outcome: 'delivered' } : { outcome: 'WRONG', problem: `${ids.length} of ${expected.length}` };
  } catch (error) {
    const isNamed = error instanceof Error && 'code' in error && typeof error.code === 'string';
    return { outcome: isNamed ? String(error.code) : 'UNKNOWN', problem: error instanceof Error ? error.message : '' };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  // Written by the test a moment ago.
  const result = await attempt(JSON.parse(line) as Trial);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
