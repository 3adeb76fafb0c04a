/**
 * Ids of events as a field of a line at `debug`: following one event from the poll to the ack is a search for its id. The
 * list is made when the line is written, so a log that leaves the line out pays nothing for it.
 */

/** `idsOf` is called by whoever makes JSON of the field, before or after the line's own moment: what it reads must not change. */
export function logIds(idsOf: () => readonly string[]): { toJSON(): readonly string[] } {
  return { toJSON: idsOf };
}
