/** The first look: is all well, what is not, and five figures. */
import type { ComponentChildren, JSX } from 'preact';
import { ERRORS_PAGE } from '../../src/errors-page.ts';
import { Badge, Mark } from './badge.tsx';
import { bytes, count, duration, rate } from './format.ts';
import { type Trouble, troublesOf } from './health.ts';
import type { State, Status } from './model.ts';
import { flowLines } from './series.ts';

export function Troubles({ status }: { readonly status: Status }): JSX.Element | null {
  const troubles = troublesOf(status);
  if (troubles.length === 0) return null;
  return (
    <section aria-labelledby="troubles" class="troubles">
      <h2 id="troubles">What is wrong</h2>
      <ul>
        {troubles.map((trouble) => (
          <TroubleItem key={`${trouble.what} ${trouble.problem}`} trouble={trouble} atMs={status.atMs} />
        ))}
      </ul>
      <p class="about">
        <a href={ERRORS_PAGE} target="_blank" rel="noreferrer">
          What each code means, and its fix
        </a>
      </p>
    </section>
  );
}

function TroubleItem({ trouble, atMs }: { readonly trouble: Trouble; readonly atMs: number }): JSX.Element {
  const { what, level, health, problem, sinceMs } = trouble;
  return (
    <li class={level}>
      <p>
        <b>{what}</b> <Badge health={health} level={level} />
        {sinceMs === undefined ? null : <small> for {duration(atMs - sinceMs)}</small>}
      </p>
      <p>{problem}</p>
    </li>
  );
}

/** Said aloud when it changes, and only then. */
export function summaryOf(status: Status): string {
  const troubles = troublesOf(status);
  if (status.agent.state === 'draining') return 'The agent is stopping';
  if (troubles.length === 0) return 'All is well';
  return troubles.length === 1
    ? `${troubles[0]?.what}: ${troubles[0]?.health.replaceAll('_', ' ')}`
    : `${troubles.length} things are wrong`;
}

export function Tiles({ state, status }: { readonly state: State; readonly status: Status }): JSX.Element {
  const { lines } = flowLines(state.points, { ...status, spanMs: 60_000 });
  const [into = 0, ...out] = lines.map(({ values }) => values.at(-1) ?? 0);
  const { journal } = status;
  const letters = Object.values(journal.deadLetters).reduce((sum, each) => sum + each, 0);
  const share = journal.maxBytes === 0 ? 0 : (100 * journal.pinnedBytes) / journal.maxBytes;
  const last = furthest(status);
  return (
    <section class="tiles" aria-label="At a glance">
      <Tile title="Journaled" value={rate(into)} unit="events/s">
        {count(journal.entries)} held, {bytes(journal.bytes)}
        {journal.oldestReceivedMs === undefined ? '' : `, ${duration(status.atMs - journal.oldestReceivedMs)} back`}
      </Tile>
      <Tile title="Delivered" value={rate(out.reduce((sum, each) => sum + each, 0))} unit="events/s">
        to {out.length} {out.length === 1 ? 'sink' : 'sinks'} together
      </Tile>
      <Tile title="Furthest behind" value={last.value} unit={last.unit}>
        {last.detail}
      </Tile>
      <Tile title="Dead letters" value={count(letters)} level={letters === 0 ? 'ok' : 'warn'}>
        {letters === 0 ? 'nothing was refused for good' : 'kept until you decide'}
      </Tile>
      <Tile
        title="Journal waiting"
        value={share.toFixed(share >= 0.1 && share < 10 ? 1 : 0)}
        unit="%"
        level={share >= 80 ? 'bad' : 'ok'}
      >
        <meter
          class="room"
          min={0}
          max={100}
          high={80}
          value={share}
          aria-label="Share of the journal that some sink has not taken"
        />
        of {bytes(journal.maxBytes)}
      </Tile>
    </section>
  );
}

function furthest({ lanes, journal, atMs }: Status): {
  readonly value: string;
  readonly unit: string;
  readonly detail: string;
} {
  const behind = Object.keys(lanes).map((name) => ({ name, ...journal.lanes[name] }));
  const [worst] = behind.toSorted((a, b) => (b.behindEntries ?? 0) - (a.behindEntries ?? 0));
  if (worst === undefined || (worst.behindEntries ?? 0) === 0)
    return { value: '0', unit: 'events', detail: 'every sink has everything' };
  const since = worst.behindSinceMs === undefined ? '' : `, ${duration(atMs - worst.behindSinceMs)}`;
  return { value: count(worst.behindEntries ?? 0), unit: 'events', detail: `${worst.name}${since}` };
}

interface TileProps {
  readonly title: string;
  readonly value: string;
  readonly unit?: string;
  readonly level?: 'ok' | 'warn' | 'bad';
  readonly children: ComponentChildren;
}

function Tile({ title, value, unit = '', level = 'ok', children }: TileProps): JSX.Element {
  return (
    <div class={`tile ${level}`}>
      <h3>{title}</h3>
      <p class="value">
        {level === 'ok' ? null : <Mark level={level} />}
        <b>{value}</b> {unit === '' ? null : <span>{unit}</span>}
      </p>
      <p class="detail">{children}</p>
    </div>
  );
}
