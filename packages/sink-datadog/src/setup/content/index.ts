/** Everything that set-up puts at Datadog, for one source. */
import type { Content, Kind } from '../shapes.ts';
import { dashboard } from './dashboard.ts';
import { monitors } from './monitors.ts';
import { namesFor } from './names.ts';
import { pipeline } from './pipeline.ts';
import { detectionRules } from './rules.ts';

/** In the order in which they are put there: first what the others look at. @param kinds those that are wanted. */
export function contentsFor(source: string, kinds: readonly Kind[]): readonly Content[] {
  const names = namesFor(source);
  const all = [pipeline(names), dashboard(names), ...detectionRules(names), ...monitors(names)];
  return all.filter(({ kind }) => kinds.includes(kind));
}
