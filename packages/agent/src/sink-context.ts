/** What a sink gets from a command that asks it something, where no relay runs. */
import type { SinkOptions } from '@audit-relay/core';
import type { SinkContext } from '@audit-relay/sink';
import { proxyFromEnvironment } from '@audit-relay/sink-http';
import type { QuietLog } from './asking.ts';
import { USER_AGENT } from './version.ts';

/** For the sink of this name. Its lines go to the log; what it counts belongs to no lane and is let go. */
export function sinkContext(name: string, { plugin, config, lane }: SinkOptions, { log, env }: QuietLog): SinkContext {
  // As a lane has it: the first that the sink takes, where the configuration says nothing.
  const format = lane.format ?? plugin.document?.(config).formats[0] ?? 'ecs';
  return {
    name,
    format,
    userAgent: USER_AGENT,
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    proxyFor: proxyFromEnvironment(env),
    log: (code, fields, level = 'info') => log(level, code, `sink ${name}`, { sink: name, ...fields }),
    count: () => undefined,
  };
}
