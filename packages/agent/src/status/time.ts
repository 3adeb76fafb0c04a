/** Times as `status` writes them. */

/** RFC 3339, to the second. */
export function timeOf(seconds: number): string {
  return new Date(Math.floor(seconds) * 1_000).toISOString().replace('.000Z', 'Z');
}

/** The same of milliseconds; nothing of nothing, under the name that it is to have. */
export function timeNamed<Name extends string>(name: Name, ms: number | undefined): { readonly [N in Name]?: string } {
  // TypeScript takes a computed name for any text.
  return (ms === undefined ? {} : { [name]: timeOf(ms / 1_000) }) as { readonly [N in Name]?: string };
}
