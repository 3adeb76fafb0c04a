/** The process of one broker, which may be killed and started again on the same folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilReady } from '../server-process.ts';
import type { Distribution } from './distribution.ts';
import { CLUSTER_ID } from './properties.ts';

export interface BrokerParts {
  readonly parts: Distribution;
  /** Its data is in `data`. */
  readonly folder: string;
  readonly properties: string;
}

// Enough for what tests store; the compiler's second stage would cost more than it saves.
const JVM_OPTIONS = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
const LOGGER = 'org.slf4j.simpleLogger';
/** Warnings, and the one line that says that it serves. */
const LOG_OPTIONS = [`-D${LOGGER}.defaultLogLevel=warn`, `-D${LOGGER}.log.kafka.server.KafkaRaftServer=info`];

export class BrokerProcess {
  readonly #parts: BrokerParts;
  #child: ChildProcess | undefined;

  constructor(parts: BrokerParts) {
    this.#parts = parts;
    writeFileSync(this.#propertiesFile, parts.properties);
  }

  async start(): Promise<void> {
    const { parts, folder } = this.#parts;
    const program = ['auditrelay.Broker', this.#propertiesFile, join(folder, 'data'), CLUSTER_ID];
    const options = [...JVM_OPTIONS, ...LOG_OPTIONS, '-cp', parts.classPath];
    const child = spawn(join(parts.java.home, 'bin', 'java'), [...options, ...program], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    process.once('exit', this.#killNow);
    await untilReady(child, { name: 'Kafka', ready: 'Kafka Server started' });
  }

  /** As a power cut would: SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#killNow();
    const isRunning = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    if (isRunning) await once(child, 'exit');
    process.off('exit', this.#killNow);
    this.#child = undefined;
  }

  get #propertiesFile(): string {
    return join(this.#parts.folder, 'server.properties');
  }

  /** Also when the tests end early: nobody else would. */
  readonly #killNow = (): void => void this.#child?.kill('SIGKILL');
}
