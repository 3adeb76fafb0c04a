/** The part used here of Splunk's own client, which has no types. */
declare module 'splunk-logging' {
  class Logger {
    constructor(config: { readonly token: string; readonly url: string; readonly maxBatchCount: number });
    error: (error: unknown) => void;
    send(context: object, callback: (error: unknown, response: unknown, body: unknown) => void): void;
  }
  const exported: { readonly Logger: typeof Logger };
  export default exported;
}
