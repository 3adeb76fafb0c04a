/** `audit-relay sinks`: which types there are, and what installs those that are missing. */
import { BUILT_IN, installedTypes, PUBLISHED, packageOf } from '../plugins.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';

interface SinkRow {
  readonly type: string;
  readonly state: 'built in' | 'installed' | 'available';
  /** Absent: comes with the agent. */
  readonly package?: string;
}

/** Resolves with the exit code. Packages are looked for from `folder`, then from the agent. */
export function sinks({ json, folder }: { readonly json: boolean; readonly folder: string }, io: ProcessIO): number {
  const installed = installedTypes(folder);
  const rows: readonly SinkRow[] = [
    ...[...BUILT_IN.keys()].map((type): SinkRow => ({ type, state: 'built in' })),
    ...[...new Set([...PUBLISHED, ...installed])].sort().map((type): SinkRow => {
      return { type, state: installed.includes(type) ? 'installed' : 'available', package: packageOf(type) };
    }),
  ];
  if (json) io.out(`${JSON.stringify(rows, null, 2)}\n`);
  else for (const row of rows) io.out(line(row));
  return EXIT.done;
}

function line({ type, state, package: name }: SinkRow): string {
  const how = state === 'available' ? `npm install ${name}` : (name ?? '');
  return `${`${type.padEnd(16)}${state.padEnd(12)}${how}`.trimEnd()}\n`;
}
