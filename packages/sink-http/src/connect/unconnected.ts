/** That a way could not be made: where it ended, and by which code. */
import type { Step } from '../fault/fault.ts';

/**
 * Its `code` is no code of undici's: for some of those undici tries again by itself, at once and for ever, and fails no
 * request (`onError` in its `client.js`, 7.30).
 */
export class Unconnected extends Error {
  override readonly name = 'Unconnected';
  readonly step: Step;
  /** Of Node, OpenSSL or the proxy's answer. */
  readonly reasonCode: string;

  constructor(step: Step, reasonCode: string) {
    super('no connection');
    this.step = step;
    this.reasonCode = reasonCode;
  }
}
