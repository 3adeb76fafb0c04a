/** What stands around one relay. */
import type { Simulator } from '@audit-relay/openai-simulator';
import type { SmallDisk } from '../agent/small-disk.ts';
import type { Made } from './made.ts';
import type { ChaosPeer } from './peer.ts';
import type { Schedule, SinkName } from './schedule.ts';
import type { Tunnel } from './tunnel.ts';
import type { Wire } from './wire.ts';

/** The time of all servers: this machine's, put forward by what the schedule leaps over. */
export class ServerClock {
  leapMs = 0;
  readonly now: () => number = () => Date.now() + this.leapMs;
}

export interface Parts {
  readonly schedule: Schedule;
  readonly folder: string;
  readonly disk: SmallDisk | undefined;
  readonly clock: ServerClock;
  readonly simulator: Simulator;
  readonly api: Wire;
  readonly proxy: Tunnel;
  readonly peers: Readonly<Record<SinkName, ChaosPeer>>;
  readonly made: Made;
}
