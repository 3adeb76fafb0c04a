/** What `status` says of the configuration: which is in force, and whether a newer one was refused. */
import type { RelayStatus } from '@audit-relay/core';

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

/** Nothing while the file is the one in force. */
export function configurationLines({
  configuration,
}: {
  readonly configuration?: ConfigurationView;
}): readonly string[] {
  if (configuration?.refusal === undefined) return [];
  const { since, hash, refusal } = configuration;
  return [
    `config   changed and refused since ${refusal.since}; that of ${since} (${hash}) runs on`,
    `           ${refusal.problem}`,
  ];
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
