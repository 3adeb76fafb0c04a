/** The command: reads its flags, starts the simulator, says where it listens, ends on SIGTERM and SIGINT. */
import { parseArgs } from 'node:util';
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
  --now <RFC 3339>           where the clock starts (the host's now, or the newest record if later)
  --begun <RFC 3339>         go on with a run that began then: the same events, and time has passed (the start is now)
  --limit-above-max <way>    limit over 100: clamp or error (clamp)
  --order <way>              desc, newest first, or asc (desc)
  --envelope-object <form>   present or absent (present)
  --envelope-ids <form>      first_id and last_id: present, null or absent (present)
  --logging-off <way>        no, empty or 403 (no)
  --tenant-unavailable <n>   answer tenant_only=true with 400, 401 or 403
  --latency-ms <n>           wait before each answer (0)
  --help                     show this

GET /v1/organization/audit_logs  the API
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
  now: text,
  begun: text,
  'limit-above-max': text,
  order: text,
  'envelope-object': text,
  'envelope-ids': text,
  'logging-off': text,
  'tenant-unavailable': text,
  'latency-ms': text,
  help: { type: 'boolean' },
} as const;

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
    const { values } = parseArgs({ args: [...args], options: flags, strict: true });
    if (values.help !== true) return simulatorOptions(values);
    process.stdout.write(help);
    return 0;
  } catch (error) {
    process.stderr.write(`openai-simulator: ${error instanceof Error ? error.message : String(error)}\nTry --help.\n`);
    return 2;
  }
}

function simulatorOptions(values: Flags): SimulatorOptions {
  const files = [...(values.sample === true ? sampleFiles : []), ...(values.file ?? [])];
  const tenantStatus = oneOf(values, 'tenant-unavailable', ['none', '400', '401', '403']);
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
    files,
    ...(values.now === undefined ? {} : { now: clockFrom(time(values.now, '--now')) }),
    ...(values.begun === undefined ? {} : { begunMs: time(values.begun, '--begun') }),
    knobs: {
      limit_above_max: oneOf(values, 'limit-above-max', ['clamp', 'error']),
      order: oneOf(values, 'order', ['desc', 'asc']),
      envelope: {
        object: oneOf(values, 'envelope-object', ['present', 'absent']),
        ids: oneOf(values, 'envelope-ids', ['present', 'null', 'absent']),
      },
      logging_off: oneOf(values, 'logging-off', ['no', 'empty', '403']),
      tenant_unavailable: tenantStatus === 'none' ? undefined : statuses[tenantStatus],
      latencyMs: number(values, 'latency-ms', { fallback: 0, max: 600_000 }),
    },
  };
}

const statuses = { 400: 400, 401: 401, 403: 403 } as const;

type TextFlag = { [Name in keyof Flags]-?: Flags[Name] extends string | undefined ? Name : never }[keyof Flags];

/** The first of `allowed` when the flag is not given. */
function oneOf<const Value extends string>(
  values: Flags,
  name: TextFlag,
  allowed: readonly [Value, ...Value[]],
): Value {
  const given = values[name] ?? allowed[0];
  const found = allowed.find((value) => value === given);
  if (found === undefined) throw new Error(`--${name} takes ${allowed.join(', ')}, not '${given}'`);
  return found;
}

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
