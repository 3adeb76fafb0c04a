/** What comes to the emulator and goes from it. */

export interface EmulatorRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, unpacked. */
  readonly text: string;
  /** Of the body as it was sent. */
  readonly packedBytes: number;
}

export interface EmulatorReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** `reset`: the request is worked on, and the connection ended without an answer; `hang`: no answer ever. */
  readonly fault?: 'reset' | 'hang';
}
