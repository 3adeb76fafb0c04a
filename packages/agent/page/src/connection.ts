/** Keeps the page connected: reads the stream, says when it is lost, and tries again until the page is left. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { BEGINNING, type Link, received, type State } from './model.ts';
import { keepToken, tokenOf } from './session.ts';
import { type End, readStream } from './stream.ts';

/** Before each next try, in milliseconds; then the last. */
const WAITS_MS = [500, 1_000, 2_000, 5_000] as const;
/** Without a message for so long the connection is taken for lost, and another is tried. */
const SILENT_MS = 6_000;

const WHY: Readonly<Record<Exclude<End, 'no_token'>, string>> = {
  ended: 'the agent has ended the connection',
  forbidden: 'the agent answers only under an address of its own or localhost, or with an http.token',
  full: 'as many readers as it serves look already',
  unreachable: 'the agent cannot be reached',
};

export interface Connection {
  readonly state: State;
  /** Undefined: forget it. */
  useToken(token: string | undefined): void;
}

export function useConnection(): Connection {
  const [state, setState] = useState<State>(BEGINNING);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const leaving = new AbortController();
    stayConnected(setState, leaving.signal).catch(() => undefined);
    return () => leaving.abort();
  }, [attempt]);
  const useToken = useCallback((token: string | undefined) => {
    keepToken(token);
    setState(BEGINNING);
    setAttempt((before) => before + 1);
  }, []);
  return { state, useToken };
}

type SetState = (change: (state: State) => State) => void;

async function stayConnected(setState: SetState, leaving: AbortSignal): Promise<void> {
  for (let tries = 0; !leaving.aborted; tries += 1) {
    const token = tokenOf();
    const end = await readOnce(token, leaving, (name, data) => {
      tries = -1;
      setState((state) => received(state, name, data));
    });
    if (leaving.aborted) return;
    if (end === 'no_token') {
      setState((state) => ({ ...state, link: { kind: 'token', isWrong: token !== undefined } }));
      return;
    }
    setState((state) => ({ ...state, link: lost(state.link, WHY[end]) }));
    await pause(WAITS_MS[Math.min(Math.max(tries, 0), WAITS_MS.length - 1)] ?? 0, leaving);
  }
}

function lost(link: Link, why: string): Link {
  return { kind: 'lost', sinceMs: link.kind === 'lost' ? link.sinceMs : Date.now(), why };
}

/** Gives up on a connection that says nothing, as one through a sleeping laptop or a proxy may. */
async function readOnce(
  token: string | undefined,
  leaving: AbortSignal,
  onMessage: (name: string, data: unknown) => void,
): Promise<End> {
  const silent = new AbortController();
  const giveUp = (): void => silent.abort();
  let timer = setTimeout(giveUp, SILENT_MS);
  try {
    return await readStream({
      token,
      signal: AbortSignal.any([leaving, silent.signal]),
      onMessage: (name, data) => {
        clearTimeout(timer);
        timer = setTimeout(giveUp, SILENT_MS);
        onMessage(name, data);
      },
    });
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number, leaving: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    leaving.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
