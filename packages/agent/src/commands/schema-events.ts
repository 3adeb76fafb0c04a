/** `audit-relay schema events`: every type of event that is known, and what becomes of it. */
import { known } from '@audit-relay/core';
import { EXIT, type ProcessIO } from '../process-io.ts';

type Line = ReturnType<typeof known.types>[number][1];

/** Gives the exit code. */
export function schemaEvents({ json }: { readonly json: boolean }, io: ProcessIO): number {
  const types = known.types();
  io.out(json ? `${JSON.stringify(types.map(jsonOf), null, 2)}\n` : tableOf(types));
  return EXIT.done;
}

/** Fields under the names of their schemas; `severity` is ours where the configuration says nothing else. */
function jsonOf([type, line]: readonly [string, Line]): object {
  const { objectType: _, ...ocsf } = line.ocsf;
  return {
    type,
    feed: line.feed,
    target: line.targetType,
    severity: line.severity,
    ecs: { 'event.category': line.category, 'event.type': line.types, 'event.outcome': line.outcome },
    ocsf,
  };
}

function tableOf(types: ReturnType<typeof known.types>): string {
  const head = ['type', 'feed', 'ECS category', 'ECS type', 'outcome', 'OCSF class:activity', 'severity'];
  const rows = [head, ...types.map(([type, line]) => rowOf(type, line))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function rowOf(type: string, { feed, category, types, outcome, ocsf, severity }: Line): readonly string[] {
  const activity = `${ocsf.class_uid}:${ocsf.activity_id} ${ocsf.type_name}`;
  return [type, feed ?? '', category.join(','), types.join(','), outcome, activity, String(severity)];
}
