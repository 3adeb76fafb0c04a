/** Entries of `sinks`: the lane's keys to core's schema, then, once their modules are loaded, the rest to the plugin that `type` names. */
import { compileWhen, LANE_KEYS, laneConfigSchema, type SinkOptions } from '@audit-relay/core';
import type { SinkPlugin } from '@audit-relay/sink';
import { Hidden } from '../hidden.ts';
import { loadPlugin } from '../plugins.ts';
import { check, type Notes } from './check.ts';
import type { Finding, Path } from './problems.ts';
import { insteadInWhen } from './when-words.ts';

/** One entry of `sinks` as YAML gave it, with what of it is the lane's. */
interface RawSink {
  readonly name: string;
  readonly path: Path;
  readonly type: unknown;
  /** Undefined when a finding was noted. */
  readonly lane: SinkOptions['lane'] | undefined;
  readonly ownKeys: object;
}

/** The part that needs no module. A finding is noted of each entry that is left out. */
export function rawSinks(
  entries: readonly (readonly [name: string, value: unknown])[],
  notes: Notes,
): readonly RawSink[] {
  return entries.flatMap(([name, value]) => rawSink(name, value, notes) ?? []);
}

function rawSink(name: string, value: unknown, notes: Notes): RawSink | undefined {
  const path = ['sinks', name];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    notes.findings.push({
      code: 'CONFIG_INVALID_VALUE',
      path,
      expected: 'expected a map of keys',
      fix: 'begin with `type: file`',
    });
    return undefined;
  }
  const isLanes = ([key]: readonly [string, unknown]): boolean => LANE_KEYS.includes(key);
  const laneKeys = Object.fromEntries(Object.entries(value).filter((pair) => isLanes(pair)));
  const ownKeys = Object.fromEntries(Object.entries(value).filter((pair) => !isLanes(pair)));
  const lane = check({ schema: laneConfigSchema, value: laneKeys, path }, notes);
  checkWhen(laneKeys['when'], path, notes);
  return { name, path, type: laneKeys['type'], lane, ownKeys };
}

export interface Loading {
  /** The configuration's folder: relative plugin paths begin there. */
  readonly folder: string;
  /** In no word of what modules say, or of what their schemas do. */
  readonly secrets: readonly string[];
}

/** Loads what each names. Those of which a finding was noted are left out. */
export async function loadSinks(
  raw: readonly RawSink[],
  { folder, secrets }: Loading,
  notes: Notes,
): Promise<Readonly<Record<string, SinkOptions>>> {
  const sinks: [string, SinkOptions][] = [];
  for (const one of raw) {
    const own: Notes = { ...notes, findings: [] };
    const sink = await loadSink(one, folder, own);
    if (sink !== undefined) sinks.push([one.name, sink]);
    notes.findings.push(...cleanedFindings(own.findings, secrets));
  }
  return Object.fromEntries(sinks);
}

/** As what a module has said of its keys may be shown. */
export function cleanedFindings(findings: readonly Finding[], secrets: readonly string[]): readonly Finding[] {
  const hidden = new Hidden();
  hidden.add(secrets);
  return findings.map((finding) => cleaned(finding, hidden));
}

function cleaned(finding: Finding, hidden: Hidden): Finding {
  const { expected, fix } = finding;
  return { ...finding, expected: hidden.clean(expected), ...(fix === undefined ? {} : { fix: hidden.clean(fix) }) };
}

/** Undefined when a finding was noted. */
async function loadSink(
  { path, type, lane, ownKeys }: RawSink,
  folder: string,
  notes: Notes,
): Promise<SinkOptions | undefined> {
  const plugin = await pluginOf(type, { path, folder, notes });
  if (plugin === undefined) return undefined;
  const config = check({ schema: plugin.configSchema, value: ownKeys, path, otherKeys: LANE_KEYS }, notes);
  if (lane === undefined || notes.findings.length > 0) return undefined;
  checkFormat({ plugin, config, lane, path }, notes);
  return { plugin, config, lane };
}

async function pluginOf(
  type: unknown,
  { path, folder, notes }: { readonly path: Path; readonly folder: string; readonly notes: Notes },
): Promise<SinkPlugin<unknown> | undefined> {
  // The lane's schema has told what else it is.
  if (typeof type !== 'string' || type === '') return undefined;
  const loaded = await loadPlugin(type, folder);
  if ('plugin' in loaded) return loaded.plugin;
  notes.findings.push({ ...loaded.problem, path: [...path, 'type'] });
  return undefined;
}

function checkFormat({ plugin, config, lane, path }: SinkOptions & { readonly path: Path }, notes: Notes): void {
  const formats = plugin.document?.(config).formats;
  if (lane.format === undefined || formats === undefined || formats.includes(lane.format)) return;
  notes.findings.push({
    code: 'CONFIG_INVALID_VALUE',
    path: [...path, 'format'],
    expected: `expected a format that ${plugin.type} takes: ${formats.join(', ')}`,
    fix: `choose ${formats[0]}, or leave the key out`,
  });
}

/** Before a relay opens: the error of an expression is one of configuration, with its place. */
function checkWhen(when: unknown, path: Path, notes: Notes): void {
  if (typeof when !== 'string' || when === '') return;
  try {
    compileWhen(when);
  } catch (error) {
    // The core's error says where in the expression; of another copy of the core, by its fields.
    const { message, line, column } = Object(error);
    notes.findings.push({
      code: 'WHEN_INVALID',
      path: [...path, 'when'],
      inside: { line: Number(line), column: Number(column) },
      expected: String(message),
      fix: insteadInWhen(when, { line: Number(line), column: Number(column) }, String(message)),
    });
  }
}
