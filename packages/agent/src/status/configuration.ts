/** What `status` says of the configuration: which is in force, and whether a newer one was refused. */
import type { RelayStatus } from '@audit-relay/core';
import { printable } from '../printable.ts';

/** RFC 3339 for times. */
export interface ConfigurationView {
  /** The first digits of the SHA-256 of its text. */
  readonly hash: string;
  readonly since: string;
  readonly applied: number;
  readonly refused: number;
  readonly refusal?: { readonly since: string; readonly code: string; readonly problem: string };
}

/** Nothing while no agent says. */
export function configurationOf(now: RelayStatus['configuration']): { readonly configuration?: ConfigurationView } {
  if (now === undefined) return {};
  const { sinceMs, refusal, ...rest } = now;
  const refused =
    refusal === undefined
      ? {}
      : { refusal: { since: timeOf(refusal.sinceMs), code: refusal.code, problem: refusal.problem } };
  return { configuration: { ...rest, since: timeOf(sinceMs), ...refused } };
}

/** Nothing while no agent says. */
export function configurationLines({
  configuration,
}: {
  readonly configuration?: ConfigurationView;
}): readonly string[] {
  if (configuration === undefined) return [];
  const { since, hash, applied, refused, refusal } = configuration;
  const changes = `${applied} change(s) taken over, ${refused} refused since the start`;
  if (refusal === undefined) return [`config   ${hash} in force since ${since}; ${changes}`];
  const { code, problem } = refusal;
  return [
    `config   changed and refused since ${refusal.since}; that of ${since} (${hash}) runs on; ${changes}`,
    `           ${problem.includes(code) ? '' : `${code}: `}${printable(problem)}`,
  ];
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
