/** What the doctor says of a source: the core's examination of it, with this process's network and clock. */
import { openSourceDoctor, type RelayOptions } from '@audit-relay/core';
import type { Check } from '@audit-relay/sink';
import { proxyFromEnvironment } from '@audit-relay/sink-http';
import type { QuietLog } from '../asking.ts';
import { systemRuntime } from '../runtime.ts';
import { USER_AGENT } from '../version.ts';
import { failure } from './finding.ts';

export type SourceConfig = RelayOptions['sources'][string];
type SourceDoctor = ReturnType<typeof openSourceDoctor>;

/** @throws RelayError `TLS_FILE_UNUSABLE`, `PROXY_INVALID` */
export function doctorOf(config: SourceConfig, { log, env }: QuietLog): SourceDoctor {
  const proxyFor = proxyFromEnvironment(env);
  return openSourceDoctor({ config, runtime: systemRuntime(log), userAgent: USER_AGENT, proxyFor });
}

/** Each finding as soon as it is known. */
export async function* sourceChecks(config: SourceConfig, log: QuietLog): AsyncGenerator<Check> {
  let doctor: SourceDoctor | undefined;
  try {
    doctor = doctorOf(config, log);
    yield* doctor.examine(new AbortController().signal);
  } catch (error) {
    yield failure(error, 'report it');
  } finally {
    await doctor?.close();
  }
}
