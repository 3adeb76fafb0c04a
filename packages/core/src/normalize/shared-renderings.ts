/**
 * The renderer as lanes have it: an entry is rendered once for all lanes that want the same text, and each that comes later
 * gets the envelope of the first. Between `renderer.ts` and the lanes.
 */
import type { Envelope } from '@audit-relay/sink';
import type { Entry } from '../entry.ts';
import { LiveEntry } from '../event.ts';
import type { DocumentShape } from './document.ts';
import type { Renderer } from './renderer.ts';

/** As one lane renders. */
export type EntryRenderer = (entry: Entry) => Envelope;

/** Lanes that give the same text. */
interface Sharing {
  readonly shape: DocumentShape;
  lanes: number;
}

export class SharedRenderings {
  readonly #render: Renderer;
  readonly #sharings: Sharing[] = [];

  constructor(render: Renderer) {
    this.#render = render;
  }

  /** For one lane more. All are asked for before the first of them renders, so that each finds what was kept for it. */
  forLane(asked: DocumentShape): EntryRenderer {
    const sharing = this.#sharingOf(asked);
    sharing.lanes += 1;
    return (entry) => this.#renderOnce(entry, sharing);
  }

  #renderOnce(entry: Entry, { shape, lanes }: Sharing): Envelope {
    if (lanes === 1 || !(entry instanceof LiveEntry)) return this.#render(entry, shape);
    const kept = entry.take(shape);
    if (kept !== undefined) return kept;
    const envelope = this.#render(entry, shape);
    entry.keep({ shape, envelope, left: lanes - 1 });
    return envelope;
  }

  #sharingOf(asked: DocumentShape): Sharing {
    const { format, dataset, namespace } = asked;
    const found = this.#sharings.find(
      ({ shape }) =>
        shape.format === format && (format !== 'ecs' || (shape.dataset === dataset && shape.namespace === namespace)),
    );
    if (found !== undefined) return found;
    // A copy: another relay's, which may write otherwise, never finds its documents under it.
    const sharing = { shape: { format, dataset, namespace }, lanes: 0 };
    this.#sharings.push(sharing);
    return sharing;
  }
}
