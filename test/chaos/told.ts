/** A run in words: seed, schedule, verdict. */
import type { Outcome } from './chaos.ts';
import { type Act, type End, isMoment, type Moment, type Schedule } from './schedule.ts';

export function told(schedule: Schedule, outcome: Outcome): string {
  const { seed, events, lost, doubled, copies, replayed, deadLetters, kills, seconds, wrong, evidence } = outcome;
  const verdict = wrong.length === 0 ? 'kept' : 'BROKEN';
  const { history, backfill, mode, acknowledges, requiresAcks, indexers, proxied, quietWithin, smallDisk } = schedule;
  const words = [
    mode,
    ...(acknowledges ? ['acks'] : []),
    ...(requiresAcks ? ['required'] : []),
    ...(indexers > 1 ? [`${indexers} indexers`] : []),
    ...(proxied.length > 0 ? [`by proxy: ${proxied.join(' ')}`] : []),
    ...(backfill ? ['backfill'] : []),
    ...(quietWithin ? ['quiet within'] : []),
  ];
  return [
    `seed ${seed}: ${verdict}: ${events} events, ${lost} lost, ${doubled} doubled, ${copies} copies, ${replayed} of replays, ${deadLetters} dead letters, ${kills} kills, ${seconds.toFixed(1)} s`,
    `  ${history.events} events over ${history.spanS} s; ${words.join(', ')}${smallDisk ? ', small disk' : ''}`,
    ...schedule.lives.map(
      ({ acts, end, between }) =>
        `  ${[...acts.map(actTold), endTold(end), ...between.map((each) => JSON.stringify(each))].join(' · ')}`,
    ),
    ...wrong.map((text) => `  WRONG ${text}`),
    ...(evidence === undefined ? [] : [evidence]),
  ].join('\n');
}

function actTold(act: Act): string {
  const lasts = 'forMs' in act && act.forMs !== undefined ? ` for ${act.forMs}` : '';
  return `${act.atMs}${lasts} ${act.kind}${detail(act)}`;
}

function detail(act: Act): string {
  if (isMoment(act)) return momentTold(act);
  if (act.kind === 'sink') return ` ${act.sink} ${act.fault} (${act.share})`;
  if (act.kind === 'wire') return ` ${act.to} ${act.mode}`;
  if (act.kind === 'api') return ` ${act.name} ${JSON.stringify(act.knobs)}`;
  return act.kind === 'tunnel' ? ` ${act.mode}` : '';
}

function momentTold(act: Moment): string {
  if (act.kind === 'burst') return ` ${act.count}${act.lateS > 0 ? ` late by ${act.lateS} s` : ''}`;
  if (act.kind === 'clock') return ` by ${act.byS} s`;
  if (act.kind === 'ask') return ` ${act.what} of ${act.of}${act.lastS === undefined ? '' : ` of ${act.lastS} s`}`;
  if (act.kind === 'nameless') return ` ${act.count}`;
  return act.kind === 'reload' ? ` ${JSON.stringify(act.config)}` : ` ${act.of}`;
}

function endTold(end: End): string {
  if (end.kind === 'kill_at') return `kill -9 at ${end.step} ${end.occurrence}`;
  if (end.kind === 'power_cut') return `power cut at ${end.step} ${end.occurrence}`;
  if (end.kind === 'drained') return 'drained';
  return `${end.kind} after ${end.afterMs}`;
}
