/** All that the page shows of one state; `main.tsx` keeps it up to date. */
import type { JSX } from 'preact';
import { Mark } from './badge.tsx';
import { Charts } from './charts.tsx';
import { Configuration } from './configuration.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { clock, count, duration } from './format.ts';
import { type Level, troublesOf } from './health.ts';
import type { Link, State, Status } from './model.ts';
import { summaryOf, Tiles, Troubles } from './overview.tsx';
import { Conservation, Sinks } from './sinks.tsx';
import { Sources } from './sources.tsx';

/** @param forget takes the token back; undefined where none is kept */
export function Shown({
  state,
  forget,
}: {
  readonly state: State;
  readonly forget: (() => void) | undefined;
}): JSX.Element {
  const { link, status } = state;
  return (
    <>
      <Header state={state} />
      <Lost link={link} />
      <main class={link.kind === 'lost' ? 'stale' : ''}>
        {status === undefined ? <Waiting state={state} /> : <Whole state={state} status={status} />}
      </main>
      <Footer state={state} forget={forget} />
    </>
  );
}

function Whole({ state, status }: { readonly state: State; readonly status: Status }): JSX.Element {
  return (
    <>
      <Troubles status={status} />
      <Tiles state={state} status={status} />
      <Charts state={state} status={status} />
      <Sinks status={status} />
      <Sources status={status} />
      <Conservation status={status} />
      <DeadLetters state={state} status={status} />
      <Drift status={status} />
      <Configuration state={state} status={status} />
    </>
  );
}

export function Header({ state }: { readonly state: State }): JSX.Element {
  const { status, link } = state;
  return (
    <header>
      <h1>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M6 16h7m0 0c6 0 4-8 13-8M13 16h13M13 16c6 0 4 8 13 8" />
          <circle cx="8" cy="16" r="3" />
        </svg>
        Audit Relay
        {status === undefined || status.name === 'audit-relay' ? null : <span class="instance">{status.name}</span>}
      </h1>
      <p class="state" role="status">
        {status === undefined || link.kind !== 'live' ? null : <StateWords status={status} />}
      </p>
      {status === undefined ? null : (
        <p class="facts">
          <span>{link.kind === 'live' ? `Live, ${clock(status.atMs)}` : `As of ${clock(status.atMs)}`}</span>
          <span>up {duration(status.atMs - status.startedMs)}</span>
          <span>version {status.version}</span>
        </p>
      )}
    </header>
  );
}

function StateWords({ status }: { readonly status: Status }): JSX.Element {
  const troubles = troublesOf(status);
  const level: Level = troubles.length === 0 ? 'ok' : (troubles[0]?.level ?? 'warn');
  return (
    <>
      <Mark level={level} />
      <span>{summaryOf(status)}</span>
    </>
  );
}

/** There from the beginning, so that what comes into it is said aloud. */
function Lost({ link }: { readonly link: Link }): JSX.Element {
  return (
    <div class="lost" role="alert">
      {link.kind === 'lost' ? (
        <p>
          <Mark level="bad" />
          <span>
            <b>Connection lost at {clock(link.sinceMs)}</b>: {link.why}. Trying again; what is shown is from before.
          </span>
        </p>
      ) : null}
    </div>
  );
}

function Waiting({ state }: { readonly state: State }): JSX.Element {
  if (state.head?.agent.state !== 'opening') return <p class="waiting">Connecting …</p>;
  const { problem } = state.head;
  return <p class="waiting">{problem === undefined ? 'The agent opens its journal …' : `Not ready: ${problem}`}</p>;
}

/** Nothing while there is nothing new. */
function Drift({ status }: { readonly status: Status }): JSX.Element | null {
  const { types, fields } = status.drift;
  const all = [...Object.entries(types), ...Object.entries(fields)];
  if (all.length === 0) return null;
  return (
    <section aria-labelledby="drift">
      <h2 id="drift">New in the API</h2>
      <p class="about">
        Types of events and fields that this version does not know yet; they are delivered all the same.
      </p>
      <ul class="names">
        {all.map(([name, times]) => (
          <li key={name}>
            <code>{name}</code> {count(times)} ×
          </li>
        ))}
      </ul>
    </section>
  );
}

function Footer({ state, forget }: { readonly state: State; readonly forget: (() => void) | undefined }): JSX.Element {
  return (
    <footer>
      <p>
        Outside of the promise that nothing is lost: what the API first shows later than <code>sweep</code> after it
        happened, or moves while a backfill reads.
      </p>
      <p>
        {state.head === undefined ? null : (
          <>
            Journal <code>{state.head.agent.journal}</code>, process {state.head.agent.pid}.{' '}
          </>
        )}
        The same for scripts: <code>audit-relay status --json</code>
        {forget === undefined ? null : (
          <button type="button" class="quiet" onClick={forget}>
            Forget the token
          </button>
        )}
      </p>
    </footer>
  );
}
