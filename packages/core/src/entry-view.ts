/** Entries as somebody looks at them: redacted first, then filtered and rendered as a lane would. */
import type { Envelope } from '@audit-relay/sink';
import type { Entry } from './entry.ts';
import type { NormalizationConfig } from './normalize/config.ts';
import type { Format, RelayIdentity } from './normalize/document.ts';
import { createNormalizer } from './normalize/normalizer.ts';

export interface EntryView {
  /** @throws WhenError `WHEN_INVALID` */
  where(expression: string): (entry: Entry) => boolean;
  envelope(entry: Entry, format: Format): Envelope;
}

export function createEntryView(identity: RelayIdentity, normalization?: NormalizationConfig): EntryView {
  const normalizer = createNormalizer(identity, normalization);
  return {
    where: (expression) => {
      const decide = normalizer.when(expression);
      // What cannot be decided passes, as in a lane.
      return (entry) => decide(entry) !== 'exclude';
    },
    envelope: (entry, format) =>
      normalizer.render(entry, { format, dataset: 'openai.org_audit', namespace: 'default' }),
  };
}
