/** What can be asked of normalization: which text, under which names. */

export type Format = 'ecs' | 'ocsf' | 'raw';

/** One rendering; lanes with the same shape share the text. */
export interface DocumentShape {
  readonly format: Format;
  /** ECS `data_stream.dataset` and `event.dataset`. */
  readonly dataset: string;
  /** ECS `data_stream.namespace`. */
  readonly namespace: string;
  /** In what form the sink takes the document. Absent: as text. */
  readonly taken?: 'text' | 'bytes';
}

/** What a document says about the relay that made it; nothing of it comes from a clock. */
export interface RelayIdentity {
  /** `agent.name`: the configuration's `name`. */
  readonly name: string;
  /** `agent.version`. */
  readonly version: string;
}
