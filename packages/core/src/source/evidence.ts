/** What could not be read is kept for a human to look at, beside the journal; but for what it must not say. */
import type { SourceJournal } from '../journal/journal.ts';
import type { Evidence } from './api/answer.ts';
import type { SourceConfig } from './config.ts';

export function evidenceKeeper(
  config: Pick<SourceConfig, 'api_key' | 'dialect' | 'keep_bodies'>,
  journal: Pick<SourceJournal, 'keepEvidence'>,
): (evidence: Evidence) => void {
  return (evidence) => {
    // What is no page cannot be freed of prompts and responses.
    if (config.dialect !== 'audit_logs' && config.keep_bodies !== true) return;
    journal.keepEvidence({ ...evidence, body: withoutKey(evidence.body, config.api_key) });
  };
}

/** Whoever says back what it was asked, as a proxy's page of errors may, says the key. */
function withoutKey(body: Uint8Array, key: string): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bytes.includes(key) ? Buffer.from(bytes.toString('latin1').replaceAll(key, '[hidden]'), 'latin1') : body;
}
