/**
 * `npm run test:soak [-- --minutes 60 --rate 200 --seed 1 --record]`: prints what it finds, with `--record` also to
 * `docs/evidence/soak.md`, and ends with 1 when memory, handles, journal or an event is not as it should be.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faultsIn, reportOf } from './report.ts';
import { soak } from './soak.ts';

const EVIDENCE = fileURLToPath(new URL('../../../docs/evidence/soak.md', import.meta.url));

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
});

const order = {
  minutes: Number(values.minutes),
  rate: Number(values.rate),
  seed: Number(values.seed),
  sampleMs: 5_000,
  phaseMs: 90_000,
  // 15 MB an hour are 21 bytes an event at 200 a second: less than anything that is kept of an event would cost.
  bounds: { lived: 15, rssAnon: 30, rss: 30, handles: 10, journal: 48 },
  withKafka: true,
  tell: (line: string) => console.error(line),
};
const result = await soak(order);
const commit = execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).trim();
const [cpu] = cpus();
const machine = `${cpus().length} x ${cpu?.model.split(/\s+/).slice(0, 2).join(' ')}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const report = reportOf({ order, result, date: new Date().toISOString().slice(0, 10), commit, machine });
process.stdout.write(report);
if (values.record) appendFileSync(EVIDENCE, report);
process.exitCode = faultsIn(result).length === 0 ? 0 : 1;
