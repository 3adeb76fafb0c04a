/** The command: reads its flags, starts the simulator, says where it listens, ends on SIGTERM and SIGINT. */
import { parseArgs } from 'node:util';
import { faultKinds, readFaultPlan } from './fault-plan.ts';
import { knobTable, turnKnob } from './knob-table.ts';
import { defaultKnobs, type Knobs } from './knobs.ts';
import { sampleFiles } from './record.ts';
import { clockFrom, defaultKey, type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';

const defaultPort = 8089;
const defaultEvents = 1_000;

const help = `openai-simulator: OpenAI's organization audit-log API on this machine's loopback

Usage: openai-simulator [options]

  --port <n>                 port to listen on, 0 for any free one (${defaultPort})
  --key <text>               admin key that opens the log (${defaultKey})
  --sample                   serve the records that come with the package
  --file <path>              serve a JSONL file, one record per line; may be repeated
  --events <n>               generate events in the time before the start (${defaultEvents}; 0 with records)
  --span <duration>          how far back they reach, such as 30m, 24h, 7d (24h)
  --rate <n>                 events per second that happen from the start on (0)
  --seed <n>                 same seed, same events (1)
  --late-share <0..1>        part of the generated events that is shown late (0)
  --late-by <duration>       how late at most (10m)
  --backfill-share <0..1>    part of the generated events that is shown long after it happened (0)
  --backfill-by <duration>   how long at most; half of it at least (24h)
  --now <RFC 3339>           where the clock starts (the host's now, or the newest record if later)
  --begun <RFC 3339>         go on with a run that began then: the same events, and time has passed (the start is now)
  --knob <name=value>        turn a knob; may be repeated
  --faults <plan>            faults by chance, such as rate=0.1,seed=7,kinds=500,429_date; may be repeated
  --help                     show this

Knobs, with the risk each stands for; of words the first is the default, of numbers 0. --cursor-swap true
and --knob cursor_swap=true are the same. They go together; of two settings of one knob the last holds.

${knobTable.map(({ name, takes, risk }) => `  ${flagOf(name)} <${takes}>\n      ${risk}\n`).join('')}
Faults by chance: rate=<0..1>, and as you like seed=<n> (1), from=<n> and to=<n> (numbers of
requests), kinds=<fault>,… (all but 429_hour, date_ahead
and date_behind). Same seed and same requests, same faults.

${Object.entries(faultKinds)
  .map(([kind, { risk }]) => `  ${kind.padEnd(20)} ${risk}\n`)
  .join('')}
GET /v1/organization/audit_logs  the API
GET /v1/organization_logs/       the older dialect, once --organization-logs says so
GET /simulator/truth             every event there is, one JSON object per line
GET /simulator/stats             requests by path, feed and status

Exit codes: 0 ended by a signal, 1 failed to start, 2 wrong usage
`;

const text = { type: 'string' } as const;

const flags = {
  port: text,
  key: text,
  sample: { type: 'boolean' },
  file: { type: 'string', multiple: true },
  events: text,
  span: text,
  rate: text,
  seed: text,
  'late-share': text,
  'late-by': text,
  'backfill-share': text,
  'backfill-by': text,
  now: text,
  begun: text,
  knob: { type: 'string', multiple: true },
  faults: { type: 'string', multiple: true },
  help: { type: 'boolean' },
} as const;

/** Each knob as a flag of its own. */
const knobFlags = Object.fromEntries(knobTable.map(({ name }) => [flagOf(name).slice(2), text]));

type Flags = ReturnType<typeof parseArgs<{ options: typeof flags }>>['values'];

/** Runs until a signal ends it. @param args those after the program's name. @returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  // Before the line that says it is ready: whoever reads it may send the signal at once.
  const ended = signalled();
  let simulator: Simulator;
  try {
    simulator = await startSimulator(options);
  } catch (error) {
    process.stderr.write(`openai-simulator: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  const { organization, tenant } = simulator.stats().events;
  const events = organization + tenant;
  process.stdout.write(`openai-simulator listening on ${simulator.url} (key ${options.key}, ${events} events)\n`);
  await ended;
  await simulator.close();
  return 0;
}

async function signalled(): Promise<void> {
  return new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

/** The options, or the exit code when there is nothing to run. */
function readOptions(args: readonly string[]): SimulatorOptions | number {
  try {
    const { values, tokens } = parseArgs({
      args: [...args],
      options: { ...knobFlags, ...flags },
      strict: true,
      tokens: true,
    });
    if (values.help !== true) return simulatorOptions(values, readKnobs(tokens));
    process.stdout.write(help);
    return 0;
  } catch (error) {
    process.stderr.write(`openai-simulator: ${error instanceof Error ? error.message : String(error)}\nTry --help.\n`);
    return 2;
  }
}

/** An argument as parsed. */
interface Token {
  readonly kind: string;
  readonly name?: string;
  readonly value?: string | boolean | undefined;
}

/** In the order in which they are given: of two settings of one knob the last holds. */
function readKnobs(tokens: readonly Token[]): Knobs {
  let knobs = defaultKnobs;
  for (const { name, value } of tokens) {
    if (name === undefined || typeof value !== 'string') continue;
    if (name === 'faults') knobs = { ...knobs, faults: [...knobs.faults, readFaultPlan(value)] };
    else if (name === 'knob') knobs = turnSetting(knobs, value);
    else if (Object.hasOwn(knobFlags, name)) knobs = turnKnob(knobs, name.replaceAll('-', '_'), value);
  }
  return knobs;
}

function turnSetting(knobs: Knobs, setting: string): Knobs {
  const mark = setting.indexOf('=');
  if (mark < 0) throw new Error(`--knob takes name=value, not '${setting}'`);
  return turnKnob(knobs, setting.slice(0, mark), setting.slice(mark + 1));
}

function flagOf(knob: string): string {
  return `--${knob.replaceAll('_', '-')}`;
}

function simulatorOptions(values: Flags, knobs: Knobs): SimulatorOptions {
  const files = [...(values.sample === true ? sampleFiles : []), ...(values.file ?? [])];
  return {
    port: number(values, 'port', { fallback: defaultPort, max: 65_535 }),
    key: values.key ?? defaultKey,
    seed: number(values, 'seed', { fallback: 1, max: 0xffffffff }),
    events: number(values, 'events', { fallback: files.length > 0 ? 0 : defaultEvents, max: 100_000_000 }),
    spanMs: duration(values, 'span', '24h'),
    rate: number(values, 'rate', { fallback: 0, max: 100_000, fraction: true }),
    late: {
      share: number(values, 'late-share', { fallback: 0, max: 1, fraction: true }),
      maxS: duration(values, 'late-by', '10m') / 1000,
    },
    backfill: {
      share: number(values, 'backfill-share', { fallback: 0, max: 1, fraction: true }),
      maxS: duration(values, 'backfill-by', '24h') / 1000,
    },
    files,
    ...(values.now === undefined ? {} : { now: clockFrom(time(values.now, '--now')) }),
    ...(values.begun === undefined ? {} : { begunMs: time(values.begun, '--begun') }),
    knobs,
  };
}

type TextFlag = { [Name in keyof Flags]-?: Flags[Name] extends string | undefined ? Name : never }[keyof Flags];

function number(
  values: Flags,
  name: TextFlag,
  { fallback, max, fraction = false }: { readonly fallback: number; readonly max: number; readonly fraction?: boolean },
): number {
  const given = values[name];
  if (given === undefined) return fallback;
  const form = fraction ? /^\d+(\.\d+)?$/ : /^\d+$/;
  if (form.test(given) && Number(given) <= max) return Number(given);
  throw new Error(`--${name} takes a ${fraction ? '' : 'whole '}number from 0 to ${max}, not '${given}'`);
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds. */
function duration(values: Flags, name: TextFlag, fallback: string): number {
  const given = values[name] ?? fallback;
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(given) ?? [];
  if (amount === undefined || unit === undefined)
    throw new Error(`--${name} takes a duration such as 10m or 24h, not '${given}'`);
  return Number(amount) * (unitMs[unit] ?? 0);
}

/** Milliseconds since the epoch. */
function time(given: string, flag: string): number {
  const parsed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(given)
    ? Date.parse(given)
    : Number.NaN;
  if (Number.isNaN(parsed)) throw new Error(`${flag} takes a time such as 2026-11-22T08:00:00Z, not '${given}'`);
  return parsed;
}
