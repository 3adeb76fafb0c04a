/**
 * Where the relay's CPU goes: one run of its own command under V8's sampling profiler with one Elasticsearch sink, its samples
 * grouped by the step of the path whose file stands nearest, beside what its other threads used. The profiler itself costs a
 * twentieth: shares count here, `cost` has the figures.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RelayCpu, relayCpu } from './floor/measured.ts';
import { sinksOf } from './floor/pairs.ts';
import { count } from './measure.ts';
import { withPeer } from './servers.ts';
import { withSimulator } from './simulator.ts';

const EVENTS = 100_000;
const SPAN_DAYS = 30;
const FUNCTIONS = 15;

/** A file of V8's profiler. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  /** Ids of nodes, and microseconds to the next. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The first that fits a file of ours, in the order of the path. */
const STAGES: readonly (readonly [stage: string, file: RegExp])[] = [
  ['page: parse, cut into records', /source\/(api\/(page|scan|filters)|window\/record)\.js$/],
  ['page: request, unpacking', /sink-http\/dist\/|source\/api\//],
  ['window: walk, order, commit', /core\/dist\/source\//],
  ['drift', /normalize\/(drift|known-fields)\.js$/],
  ['journal: chunks', /journal\/chunk/],
  ['journal: ids', /journal\/(seen-ids|id-)/],
  ['journal: transaction and the rest', /core\/dist\/journal\//],
  ['record parsed for a document', /core\/dist\/(event|entry)\.js$/],
  ['document', /core\/dist\/normalize\//],
  ['lane', /core\/dist\/lane\//],
  ['sink', /sink-elasticsearch\/dist\//],
  ['command: configuration, status, log', /agent\/dist\/|core\/dist\//],
];

export async function profile(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-profile-'));
  try {
    let cpu: RelayCpu = { seconds: 0, mainSeconds: 0 };
    await withPeer(async (peer) => {
      await withSimulator({ events: EVENTS, span: `${SPAN_DAYS}d` }, async (api) => {
        const flags = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${folder}`];
        const sinks = sinksOf('elasticsearch', peer);
        cpu = await relayCpu({ api, sinks, events: EVENTS, spanDays: SPAN_DAYS, flags });
      });
    });
    const [file = ''] = readdirSync(folder);
    // As V8 writes it.
    return report(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile, cpu);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(recorded: Profile, { seconds, mainSeconds }: RelayCpu): string {
  const { stages, functions } = sumsOf(recorded);
  // Samples are taken by the clock on the wall, also while the thread waits for a CPU: they say shares of its own time.
  const sampled = [...stages.values()].reduce((sum, micros) => sum + micros, 0);
  const share = (micros: number): number => (micros / sampled) * (mainSeconds / seconds);
  const table = (sums: ReadonlyMap<string, number>, most: number): readonly string[] =>
    [...sums]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, most)
      .map(([name, micros]) => `  ${(share(micros) * 100).toFixed(1).padStart(5)} %  ${name}`);
  return [
    `profile: ${count(EVENTS)} events into one elasticsearch sink, ${seconds.toFixed(1)} s of CPU with its start, shares of all of it`,
    ...table(stages, stages.size),
    `  ${((1 - mainSeconds / seconds) * 100).toFixed(1).padStart(5)} %  other threads: collection of garbage, compilation, zlib`,
    '',
    'the functions with the most samples of their own',
    ...table(functions, FUNCTIONS),
  ].join('\n');
}

interface Sums {
  readonly stages: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, number>;
}

function sumsOf({ nodes, samples, timeDeltas }: Profile): Sums {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const stages = new Map<string, number>();
  const functions = new Map<string, number>();
  samples.forEach((id, index) => {
    const micros = timeDeltas[index] ?? 0;
    const { functionName = '', url = '' } = frames.get(id) ?? {};
    if (functionName === '(idle)') return;
    add(stages, stageOf(id, frames, parents), micros);
    add(functions, `${functionName} ${url.replace(/^.*\/(node_modules|packages)\//, '')}`.trim(), micros);
  });
  return { stages, functions };
}

type Frames = ReadonlyMap<number, Profile['nodes'][number]['callFrame']>;

/** Of the file of ours that stands nearest above the sample. */
function stageOf(id: number, frames: Frames, parents: ReadonlyMap<number, number>): string {
  const name = frames.get(id)?.functionName;
  if (name === '(garbage collector)') return 'collection of garbage, main thread';
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const url = frames.get(at)?.url ?? '';
    const stage = STAGES.find(([, file]) => /dist\//.test(url) && file.test(url))?.[0];
    if (stage !== undefined) return stage;
    if (/internal\/modules/.test(url)) return 'start: loading modules';
  }
  return 'Node: sockets, zlib, timers';
}

function add(sums: Map<string, number>, name: string, micros: number): void {
  sums.set(name, (sums.get(name) ?? 0) + micros);
}
