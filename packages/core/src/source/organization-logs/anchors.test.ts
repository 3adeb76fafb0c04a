/** Which events are remembered so that a gap can be reached. */
import { expect, test } from 'vitest';
import type { Anchor, Checkpoint } from '../../journal/checkpoint.ts';
import { anchorBefore, withAnchor } from './anchors.ts';

/** Read from 100 to 200 and from 300 to 400; the start is at 0. */
function checkpointWith(anchors: readonly Anchor[]): Checkpoint {
  const done = [
    { from: 100, to: 200 },
    { from: 300, to: 400 },
  ];
  return { version: 1, startSeconds: 0, startProvisional: false, done, passes: {}, anchors };
}

const at = (second: number): Anchor => ({ id: `at ${second}`, second });

test.for([
  { name: 'the first is kept', before: [], added: at(350), kept: [350] },
  { name: 'a newer one takes its place', before: [at(350)], added: at(360), kept: [360] },
  { name: 'an older one does not', before: [at(360)], added: at(350), kept: [360] },
  { name: 'each gap keeps its own', before: [at(150)], added: at(350), kept: [150, 350] },
  { name: 'one serves all gaps where there is no nearer one', before: [], added: at(-5), kept: [-5] },
  {
    name: 'one of the second at which a gap begins is none for it',
    before: [at(150)],
    added: at(200),
    kept: [150, 200],
  },
  { name: 'one that lies in the newest second is kept by none', before: [], added: at(400), kept: [] },
])('$name', ({ before, added, kept }) => {
  const { anchors = [] } = withAnchor(checkpointWith(before), added);
  expect(anchors.map(({ second }) => second).toSorted((a, b) => a - b)).toEqual(kept);
});

test('the newest before a time is found, but for those that are lost', () => {
  const checkpoint = checkpointWith([at(150), at(350), at(-5)]);
  expect(anchorBefore(checkpoint, 400)).toEqual(at(350));
  expect(anchorBefore(checkpoint, 350)).toEqual(at(150));
  expect(anchorBefore(checkpoint, 200, new Set(['at 150']))).toEqual(at(-5));
  expect(anchorBefore(checkpoint, -5)).toBeUndefined();
});
