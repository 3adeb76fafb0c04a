/**
 * Searches in Datadog's syntax (docs.datadoghq.com/logs/explorer/search_syntax). An event that was sent long after it happened bears the
 * date of its sending and the tag `late:true`: no rule and no monitor may take it for something that happens now.
 */

/** All events of our source. */
export function ofSource(source: string): string {
  return `source:${/^[\w.-]+$/.test(source) ? source : JSON.stringify(source)}`;
}

/** Events whose date is the time at which they happened. @param clause absent: all of them. */
export function onTime(source: string, clause?: string): string {
  return [ofSource(source), ...(clause === undefined ? [] : [clause]), '-late:true'].join(' ');
}

/** Events whose date is the time of their sending. */
export function late(source: string): string {
  return `${ofSource(source)} late:true`;
}

/** `@evt.name:login.failed`, or one of several: `@evt.name:(a OR b)`. `*` stands for any characters. */
export function named(...types: readonly string[]): string {
  const [only] = types;
  return `@evt.name:${types.length === 1 ? only : `(${types.join(' OR ')})`}`;
}
