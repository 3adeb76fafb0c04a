/** For `doctor`: whether what `audit-relay setup` puts at Datadog is in place, by Datadog's own client. One finding for each kind that is wanted. */
import type { Check } from '@audit-relay/sink';
import { contentStandings, type KindStanding, type Opening, type Standing } from '../setup/index.ts';

const RUN = 'run audit-relay setup; with --dry-run it says what it would do';

/** Nothing is found wrong by whoever does not want it: without an application key, or with nothing under `setup`, one finding says so. */
export async function checkContents(opening: Opening): Promise<readonly Check[]> {
  const { app_key, setup } = opening.config;
  if (app_key === undefined || setup.length === 0) {
    const why = app_key === undefined ? 'app_key is not there' : 'nothing stands under setup';
    return [{ name: 'contents', verdict: 'ok', detail: `not looked at, as ${why}: only audit-relay setup needs it` }];
  }
  const done = await contentStandings(opening);
  // Events go in without our contents as well.
  if ('refusal' in done) return [{ name: done.name, verdict: 'warn', ...done.refusal }];
  return done.value.map(findingOf);
}

function findingOf(standing: KindStanding): Check {
  const name = `${standing.kind}s`;
  if ('refusal' in standing) return { name, verdict: 'warn', ...standing.refusal };
  const { objects } = standing;
  const counted = COUNTED.flatMap(({ is, words }) => {
    const titles = objects.filter((each) => each.standing.is === is).map(({ content }) => content.title);
    return titles.length === 0 ? [] : [`${titles.length} ${words}: ${titles.join(', ')}`];
  });
  if (counted.length > 0) return { name, verdict: 'warn', detail: counted.join('; '), fix: RUN };
  const changed = objects.filter((each) => each.standing.is === 'changed').length;
  const own = changed === 0 ? '' : `, ${changed} of them as somebody has changed them`;
  return { name, verdict: 'ok', detail: `${objects.length} in place${own}` };
}

/** What somebody should look at. What was changed at Datadog is as somebody wants it. */
const COUNTED: readonly { readonly is: Standing['is']; readonly words: string }[] = [
  { is: 'missing', words: 'not there' },
  { is: 'outdated', words: 'of an earlier release' },
  { is: 'foreign', words: 'not made by audit-relay' },
  { is: 'doubled', words: 'there more than once' },
];
