/**
 * An author's `idsIn` that throws would look like dozens of faults of the sink: the peer answers 500 to
 * what it cannot read. Here it is told apart, so that one case says it and the rest is not tried.
 */
import type { PeerRequest } from './peer.ts';
import { replyOf } from './peer.ts';
import type { HttpSinkUnderTest } from './under-test.ts';

/** A declaration under watch. */
export interface Guarded<Config> {
  readonly under: HttpSinkUnderTest<Config>;
  /** Whether `idsIn` has thrown so far. */
  hasFailed(): boolean;
}

/** The same declaration; what its `idsIn` throws on a request names that request. */
export function guarded<Config>(under: HttpSinkUnderTest<Config>): Guarded<Config> {
  let failed = false;
  const idsIn = (request: PeerRequest): readonly string[] => {
    try {
      return under.idsIn(request);
    } catch (cause) {
      failed = true;
      throw new Error(`your idsIn threw on this request: ${nameOf(request)}: ${String(cause)}`, { cause });
    }
  };
  return {
    under: {
      ...under,
      idsIn,
      accepted: (request) => {
        // Most scripts count ids to say how many they took: then this one is asked first.
        if (request.text !== '') idsIn(request);
        return replyOf(under.accepted, request);
      },
    },
    hasFailed: () => failed,
  };
}

/** The body is the kit's own made-up documents, of which the start is enough. */
function nameOf({ method, path, text }: PeerRequest): string {
  return `${method} ${path} with ${JSON.stringify(text.slice(0, 200))}`;
}
