/** What runs: the configuration without its secrets, and what became of the last change of it. */
import type { JSX } from 'preact';
import { Badge } from './badge.tsx';
import { count, duration } from './format.ts';
import type { State, Status } from './model.ts';

export function Configuration({ state, status }: { readonly state: State; readonly status: Status }): JSX.Element {
  return (
    <section aria-labelledby="configuration">
      <h2 id="configuration">Configuration</h2>
      {status.configuration === undefined ? null : <Outcome of={status.configuration} atMs={status.atMs} />}
      <details>
        <summary>As it runs, without comments; secrets are hidden</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <section class="yaml" tabIndex={0} aria-label="The configuration">
          <pre>{state.yaml}</pre>
        </section>
      </details>
    </section>
  );
}

/** Of the last change of it: the old one runs on where a new one was refused. */
function Outcome({
  of: { hash, sinceMs, applied, refused, refusal },
  atMs,
}: {
  readonly of: NonNullable<Status['configuration']>;
  readonly atMs: number;
}): JSX.Element {
  return (
    <p class="reload">
      <Badge
        health={refusal === undefined ? 'in force' : 'a newer one is refused'}
        level={refusal === undefined ? 'ok' : 'bad'}
      />{' '}
      {refusal === undefined ? null : `for ${duration(atMs - refusal.sinceMs)}: ${refusal.problem}`}
      <small>
        {' '}
        {hash} in force for {duration(atMs - sinceMs)}, {count(applied)} changes taken over, {count(refused)} refused
        since the start
      </small>
    </p>
  );
}
