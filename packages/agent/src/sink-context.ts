/** What a sink gets from a command that asks it something, where no relay runs. */
import type { SinkContext } from '@audit-relay/sink';
import { proxyFromEnvironment } from '@audit-relay/sink-http';
import type { AgentLog } from './log.ts';
import { USER_AGENT } from './version.ts';

/** For the sink of this name. Its lines go to the log; what it counts belongs to no lane and is let go. */
export function sinkContext(name: string, { log }: AgentLog): SinkContext {
  return {
    name,
    userAgent: USER_AGENT,
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    proxyFor: proxyFromEnvironment(process.env),
    log: (code, fields) => log('info', code, `sink ${name}`, { sink: name, ...fields }),
    count: () => undefined,
  };
}
