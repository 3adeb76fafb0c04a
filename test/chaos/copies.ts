/** Which faults of a peer leave it unknown whether events are stored, so that copies of them are no fault of the relay. */

/** All but those after which nothing can have been stored. */
export function faultsThatCopy(fault: string): boolean {
  return !NOTHING_STORED.has(fault);
}

const NOTHING_STORED: ReadonlySet<string> = new Set([
  '401',
  '403',
  '413',
  '429',
  '429 with Retry-After',
  'some items refused',
  'some items unavailable',
  'a rollover',
  'the queue is full',
  'it is shutting down',
  'leader not available',
  'not the leader',
  'not enough replicas',
  'an error of storage',
  'one partition of several',
  'a throttle',
]);
