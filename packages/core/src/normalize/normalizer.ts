/**
 * Normalization as one configuration has it: redaction first, then whatever a lane asks for. Between
 * the journal and the lanes' documents and filters.
 */
import { type NormalizationConfig, PLAIN } from './config.ts';
import type { DocumentShape, RelayIdentity } from './document.ts';
import { createReadEntry, rememberingLast } from './read-entry.ts';
import { createRedact, type Redact } from './redact.ts';
import { createRenderer, type Renderer } from './renderer.ts';
import { type EntryRenderer, SharedRenderings } from './shared-renderings.ts';
import type { WhenFailure } from './when/program.ts';
import { compileWhen, type When } from './when.ts';

export interface Normalizer {
  /** For what shows an event in another way than as a document. */
  readonly redact: Redact;
  /** For one entry alone. */
  readonly render: Renderer;
  /** For a lane, until `gone` fires: what several of them want is rendered once. */
  renderFor(shape: DocumentShape, gone?: AbortSignal): EntryRenderer;
  /**
   * @param onFailure hears once of each field that kept it from deciding.
   * @throws WhenError `WHEN_INVALID`
   */
  when(expression: string, onFailure?: (failure: WhenFailure) => void): When;
}

/** @param identity goes into ECS `agent`. */
export function createNormalizer(identity: RelayIdentity, config: NormalizationConfig = PLAIN): Normalizer {
  const redact = createRedact(config.redact, config.redact_key);
  const read = rememberingLast(createReadEntry());
  const render = createRenderer(identity, config.normalize, read);
  const shared = new SharedRenderings(render);
  return {
    redact,
    render: (entry, shape) => render(redact(entry), shape),
    renderFor: (shape, gone) => {
      const renderShared = shared.forLane(shape, gone);
      return (entry) => renderShared(redact(entry));
    },
    when: (expression, onFailure) => {
      // An expression names few fields, so this stays small.
      const told = new Set<string>();
      const passes = compileWhen(
        expression,
        (failure) => {
          if (told.has(failure.field)) return;
          told.add(failure.field);
          onFailure?.(failure);
        },
        read,
      );
      return (entry) => passes(redact(entry));
    },
  };
}
