import type { JsonObject } from '../event.ts';

/** Members a class adds to those that every class has. */
export interface ClassPart {
  readonly api?: JsonObject;
  readonly ai_model?: JsonObject | undefined;
  readonly message_context?: JsonObject | undefined;
  readonly user?: JsonObject;
  readonly group?: JsonObject;
  readonly privileges?: readonly string[] | undefined;
  readonly entity?: JsonObject;
  readonly entity_result?: JsonObject | undefined;
  /** Stands in where the event names no address. */
  readonly src_endpoint?: JsonObject;
  readonly dst_endpoint?: JsonObject;
  readonly service?: JsonObject;
  readonly is_remote?: boolean;
  readonly resource?: JsonObject | undefined;
  readonly resources?: readonly JsonObject[] | undefined;
  /** The payload, where no other member holds it. */
  readonly details?: JsonObject | undefined;
}
