/** The one error class: a stable code to check by, a message that says what to do next. */

/**
 * Thrown for bad configuration, broken invariants and refusals; expected outcomes are values.
 * Check by `code`, not by `instanceof`: two copies of a package happen.
 */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  /** Upper-case and stable; `docs/ERRORS.md` lists each with its fix. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** True when `error` carries `code`, whichever copy of this package made it. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
