/** One call of the official client: what is read is the answer itself, as it came, and every refusal has our words. */
import { type ApiGroupClass, CLIENT_PACKAGE, type OfficialClient } from './official-client.ts';
import { refusedBy, unanswered } from './refusals.ts';
import type { No, Reply } from './shapes.ts';
import { NoAnswer, type Transport } from './transport.ts';

export interface CallerParts {
  readonly official: OfficialClient;
  readonly transport: Transport;
  /** The address of the API, without a slash at its end. */
  readonly base: string;
  /** For words. */
  readonly site: string;
  readonly apiKey: string;
  readonly appKey: string;
  readonly signal: AbortSignal;
}

/** Which call, and the scope that the application key needs for it. */
export interface Call {
  readonly group: ApiGroupClass;
  readonly operation: string;
  /** Made within the call, since the client's models may refuse what they are made from. */
  readonly parameters?: () => object;
  readonly scope: string;
}

export class Caller {
  readonly official: OfficialClient;
  readonly #parts: CallerParts;
  readonly #configuration: unknown;

  constructor(parts: CallerParts) {
    const { official, transport, base, apiKey, appKey } = parts;
    this.official = official;
    this.#parts = parts;
    this.#configuration = official.client.createConfiguration({
      baseServer: new official.client.ServerConfiguration(base, {}),
      authMethods: { apiKeyAuth: apiKey, appKeyAuth: appKey },
      // Which tries nothing again, as the client's own way to the network would if it were asked to.
      httpApi: transport,
    });
  }

  /** The JSON of a 2xx. @throws the signal's reason. */
  async call({ group, operation, parameters, scope }: Call): Promise<Reply<unknown>> {
    const { transport, signal, site } = this.#parts;
    signal.throwIfAborted();
    // What was answered before is no answer to a request that the client does not send.
    transport.forget();
    try {
      await new group(this.#configuration)[operation]?.(parameters?.());
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NoAnswer) return unanswered(error);
      if (transport.last === undefined) return unsent(error);
    }
    // Whether the client's models can hold all of a good answer does not matter: it is read as it came.
    const { last } = transport;
    if (last === undefined) return unsent(new Error(`it has no ${operation}`));
    if (last.status < 200 || last.status > 299) return refusedBy(last, { scope, site });
    return last.body === undefined ? unanswered({ reason: NO_JSON }) : { value: last.body };
  }
}

const NO_JSON = 'the answer is no JSON: check what stands between, a proxy perhaps';

/** The client would not make a request of it: its models know other members than ours, or fewer. */
function unsent(error: unknown): No {
  const why = error instanceof Error ? error.message : String(error);
  const fix = `install another version of ${CLIENT_PACKAGE}; if that does not help, report it with this text`;
  return { refusal: { detail: `Datadog’s client does not send it: ${why}`, fix }, isOfBody: true };
}
