/**
 * `npm run docs`, its second half: writes `docs/METRICS.md` from the list of metrics in the agent. With `--check` it writes
 * nothing, and fails when the page is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.mjs';

/**
 * @typedef {{ name: string, help: string, query: string, labels: string[] }} Metric
 * @typedef {{ METRICS: Metric[], PREFIX: string, typeOf: (metric: Metric) => string }} Catalogue
 */

// By a name that is made here: on a fresh clone the scripts are type-checked before the agent is built.
const BUILT = new URL('../packages/agent/dist/http/metrics/catalogue.js', import.meta.url).href;
/** @type {Catalogue} */
const { METRICS, PREFIX, typeOf } = await import(BUILT);

const PAGE_FILE = 'docs/METRICS.md';

const PREAMBLE = `# Metrics

What \`/metrics\` shows, made from the list in the agent by \`npm run docs\`. Who may read it, and on which port, is in
[OPERATING.md](OPERATING.md#is-it-well). What to alarm on stands there [too](OPERATING.md#what-to-alarm-on), and there are files of it:
[rules for Prometheus](../deploy/prometheus/audit-relay.rules.yaml) and [a dashboard for Grafana](../deploy/grafana/audit-relay.json).

- Text of OpenMetrics 1.0 where the scraper's \`Accept\` asks for it, plain text 0.0.4 for all others.
- A name that ends in \`_total\` counts from the start of the process: use \`rate()\` or \`increase()\`. Gauges of the journal last.
- A name that ends in \`_timestamp_seconds\` is a moment, in seconds since the epoch: \`time() - …\` is how long ago.
- An unknown value is absent, never 0. Of a health or a cause, each that there is has a series: 1 for the present one, 0 for the others.
- **How many series**: names of sources and sinks come from the configuration, every other label has few values. Of names that come from
  outside (\`reason\`, \`rule\`, \`type\`, \`field\`) 40 are told apart in one metric of one sink or feed; the rest is counted as \`(others)\`.
  No event, id, user or address is in a label.
- \`audit_relay_sink_delivery_duration_seconds\` counts each event once, when it is acked. Events from before the start of the process are old by
  nature, as those of a backfill, and what may have been sent before is too: both have a \`phase\` of their own, so that \`live\` says
  how events fare now. It goes by this host's clock.

`;

const page = `${PREAMBLE}${table()}`;
const file = join(ROOT, PAGE_FILE);
if (!process.argv.includes('--check')) writeFileSync(file, page);
if (readFileSync(file, 'utf8') !== page) {
  console.log(`${PAGE_FILE} is stale: npm run docs`);
  process.exitCode = 1;
}

function table() {
  const rows = METRICS.map((metric) => {
    const { name, help, labels, query } = metric;
    const cells = [`\`${PREFIX}${name}\``, typeOf(metric), labels.map(code).join(', '), help, code(query)];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| metric | type | labels | meaning | a query |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

/** @param {string} text */
function code(text) {
  return `\`${text}\``;
}
