/** For what a source is refused before anything is asked: at a start, at a changed configuration, and by `doctor`. */
import { RelayError } from '../errors.ts';
import { openClient } from './api/client.ts';
import type { SourceConfig } from './config.ts';
import type { SourceDependencies, SourceOptions } from './options.ts';

/** Clocks and zones differ: a start that is further ahead is a mistake. */
const START_AHEAD_SECONDS = 86_400;

/** @throws RelayError `START_IN_FUTURE` */
export function refuseFutureStart(
  name: string,
  { backfill_start_time: start }: Pick<SourceConfig, 'backfill_start_time'>,
  nowSeconds: number,
): void {
  if (typeof start !== 'number' || start <= nowSeconds + START_AHEAD_SECONDS) return;
  const problem = `backfill_start_time of source ${name} lies in the future: nothing would be read until then`;
  throw new RelayError('START_IN_FUTURE', problem);
}

/** For who only looks. @throws as `openSource` does, by this host's clock. */
export function refuseSource(
  { name, config }: SourceOptions,
  { runtime, proxyFor }: Pick<SourceDependencies, 'runtime' | 'proxyFor'>,
): void {
  refuseFutureStart(name, config, runtime.now() / 1000);
  // Nothing is connected until something is asked.
  const client = openClient({ config, userAgent: '', proxyFor });
  client.close().catch(() => undefined);
}
