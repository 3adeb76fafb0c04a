/**
 * The renderer as lanes have it: an entry is rendered once for all lanes that want the same text, and each that comes to it soon
 * gets the envelope of the first. Between `renderer.ts` and the lanes.
 */
import type { Envelope } from '@audit-relay/sink';
import type { Entry } from '../entry.ts';
import type { DocumentShape } from './document.ts';
import type { Renderer } from './renderer.ts';

/** Bytes of documents that are kept for lanes which have not asked for them yet. */
const MAX_BYTES = 8 << 20;

/** As one lane renders. */
export type EntryRenderer = (entry: Entry) => Envelope;

/** A lane, by how many bytes of documents its sharing had made when it asked for its last one. */
interface Asker {
  askedAt: number;
  readonly taken: 'text' | 'bytes';
}

/** An envelope that others will ask for, and how many of them have not yet. */
interface KeptEnvelope {
  readonly envelope: Envelope;
  left: number;
}

/** Lanes that give the same text. */
interface Sharing {
  /** Taken as bytes where all of them do so. */
  shape: DocumentShape;
  readonly lanes: Set<Asker>;
  /** Of all documents that were made. */
  madeBytes: number;
  /** By the very entry, as the journal gives the same one to lanes at about the same place; the oldest first. */
  readonly kept: Map<Entry, KeptEnvelope>;
  keptBytes: number;
}

/** The one owner of documents that wait for another lane. What nobody takes makes room for what is newer. */
export class SharedRenderings {
  readonly #render: Renderer;
  readonly #maxBytes: number;
  readonly #sharings: Sharing[] = [];

  constructor(render: Renderer, maxBytes: number = MAX_BYTES) {
    this.#render = render;
    this.#maxBytes = maxBytes;
  }

  /** Of documents that wait for another lane. */
  get keptBytes(): number {
    return this.#sharings.reduce((sum, { keptBytes }) => sum + keptBytes, 0);
  }

  /**
   * For one lane more. All are asked for before the first of them renders, so that each finds what was kept for it.
   * @param gone fires when the lane renders nothing more: nothing is kept for it from then on.
   */
  forLane(asked: DocumentShape, gone?: AbortSignal): EntryRenderer {
    const sharing = this.#sharingOf(asked);
    const lane: Asker = { askedAt: sharing.madeBytes, taken: asked.taken ?? 'text' };
    sharing.lanes.add(lane);
    takeAsAllDo(sharing);
    gone?.addEventListener('abort', () => this.#leave(sharing, lane), { once: true });
    return (entry) =>
      sharing.lanes.size === 1 ? this.#render(entry, sharing.shape) : this.#once(entry, sharing, lane);
  }

  #leave(sharing: Sharing, lane: Asker): void {
    sharing.lanes.delete(lane);
    takeAsAllDo(sharing);
    // Of several that stay, what waited for this one too is let go as it gets old.
    if (sharing.lanes.size < 2) letGo(sharing);
    if (sharing.lanes.size === 0) this.#sharings.splice(this.#sharings.indexOf(sharing), 1);
  }

  #once(entry: Entry, sharing: Sharing, lane: Asker): Envelope {
    const kept = sharing.kept.get(entry);
    if (kept !== undefined) {
      lane.askedAt = sharing.madeBytes;
      kept.left -= 1;
      if (kept.left === 0) forget(sharing, entry, kept);
      return kept.envelope;
    }
    const envelope = this.#render(entry, sharing.shape);
    sharing.madeBytes += envelope.bytes;
    lane.askedAt = sharing.madeBytes;
    this.#keep(sharing, entry, { envelope, left: this.#others(sharing, lane) });
    return envelope;
  }

  /** What each way of rendering may keep. */
  get #mostBytes(): number {
    return this.#maxBytes / this.#sharings.length;
  }

  /** Those that are near: a lane which has asked for nothing while all that can be kept was made is not waited for. */
  #others({ lanes, madeBytes }: Sharing, asking: Asker): number {
    let others = 0;
    for (const lane of lanes) if (lane !== asking && madeBytes - lane.askedAt <= this.#mostBytes) others += 1;
    return others;
  }

  #keep(sharing: Sharing, entry: Entry, kept: KeptEnvelope): void {
    if (kept.left === 0) {
      // What was kept was for lanes that are away now.
      letGo(sharing);
      return;
    }
    sharing.kept.set(entry, kept);
    sharing.keptBytes += kept.envelope.bytes;
    for (const [oldest, old] of sharing.kept) {
      if (sharing.keptBytes <= this.#mostBytes) return;
      forget(sharing, oldest, old);
    }
  }

  #sharingOf(asked: DocumentShape): Sharing {
    const { format, dataset, namespace, taken = 'text' } = asked;
    const found = this.#sharings.find(
      ({ shape }) =>
        shape.format === format && (format !== 'ecs' || (shape.dataset === dataset && shape.namespace === namespace)),
    );
    if (found !== undefined) return found;
    // A copy: another relay's, which may write otherwise, never finds its documents under it.
    const shape = { format, dataset, namespace, taken };
    const sharing: Sharing = { shape, lanes: new Set(), madeBytes: 0, kept: new Map(), keptBytes: 0 };
    this.#sharings.push(sharing);
    return sharing;
  }
}

/** As bytes where every lane does so. */
function takeAsAllDo(sharing: Sharing): void {
  const taken = [...sharing.lanes].every((lane) => lane.taken === 'bytes') ? 'bytes' : 'text';
  sharing.shape = { ...sharing.shape, taken };
}

function letGo(sharing: Sharing): void {
  sharing.kept.clear();
  sharing.keptBytes = 0;
}

function forget(sharing: Sharing, entry: Entry, { envelope }: KeptEnvelope): void {
  sharing.kept.delete(entry);
  sharing.keptBytes -= envelope.bytes;
}
