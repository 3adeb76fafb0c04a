/**
 * `npm run guard [-- --slow]`: whether the relay costs more than it did. Its CPU an event beside the bare loop's, in interleaved
 * pairs, against the share in `baseline.json`. Exit code 1 when it has dropped by more than the machine's own noise, which is
 * 0.8 to 1.15 for the same work. `--slow` makes the relay parse every text
 * twenty times, and must fail.
 */
import { readFileSync } from 'node:fs';
import { measurePairs } from './floor/pairs.ts';
import { withPeer } from './servers.ts';

const EVENTS = 20_000;
const PAIRS = 5;
const MOST_DROP = 0.35;

const { elasticsearch: baseline } = JSON.parse(readFileSync(new URL('../baseline.json', import.meta.url), 'utf8')) as {
  readonly elasticsearch: number;
};
const SLOW =
  'const parse = JSON.parse; JSON.parse = (text, reviver) => { for (let i = 0; i < 19; i += 1) parse(text); return parse(text, reviver); };';
const flags = process.argv.includes('--slow') ? ['--import', `data:text/javascript,${encodeURIComponent(SLOW)}`] : [];

await withPeer(async (peer) => {
  const { share } = await measurePairs({ kind: 'elasticsearch', peer, events: EVENTS, pairs: PAIRS, flags });
  const least = baseline * (1 - MOST_DROP);
  const verdict = share >= least ? 'as it should be' : 'too low: npm run bench -- profile says where it goes';
  console.log(
    `the bare loop's part of the relay's CPU: ${share.toFixed(3)}, baseline ${baseline.toFixed(3)}, least ${least.toFixed(3)}: ${verdict}`,
  );
  process.exitCode = share >= least ? 0 : 1;
});
