/** What a peer, a sink's own code or an event has said, for a terminal: nothing in it moves the cursor or hides what stands beside it. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
}
