/** What a test asks for and what it gets, whichever way the broker is run. */
import type { Version } from './distribution.ts';

/** As in `server.properties`. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface KafkaOrder {
  readonly version: Version;
  /** Beside those of every broker; the same keys win over them. */
  readonly settings?: Settings;
  /** The test kills the broker, so that it must be one of its own. */
  readonly isKilled?: boolean;
}

/** Whether any broker of the version will do, so that all who ask can have the same one. */
export function canBeShared({ settings, isKilled = false }: KafkaOrder): boolean {
  return settings === undefined && !isKilled;
}

/** Where a broker listens, `127.0.0.1:9092`; the same after a restart. */
export interface Addresses {
  /** PLAINTEXT: anybody may do everything, but for what an ACL says. */
  readonly plain: string;
  /** SASL_SSL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, and OAUTHBEARER with tokens that nobody has signed. */
  readonly sasl: string;
  /** SSL that asks for a certificate of the client. */
  readonly mutual: string;
  /** PLAINTEXT, for a test to put something between: what listens at `gate` passes on to `behindGate`. */
  readonly gate: string;
  readonly behindGate: string;
}

export interface KafkaBroker {
  readonly addresses: Addresses;
  /** SIGKILL; what was stored stays. */
  kill(): Promise<void>;
  /** Starts a killed broker on what it had stored; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends the broker and removes all it had. */
  stop(): Promise<void>;
}

/** A broker that is somebody else's, too: it can be used, and neither killed nor stopped. */
export function borrowed(addresses: Addresses): KafkaBroker {
  const refuse = async (): Promise<void> => {
    throw new Error('this broker is not ours to kill: ask for one with isKilled');
  };
  return { addresses, kill: refuse, restart: refuse, stop: async () => undefined };
}

/** For the desk, which hands out text. */
export function toUrl({ plain, ...others }: Addresses): string {
  return `kafka://${plain}/?${new URLSearchParams(others).toString()}`;
}

export function fromUrl(url: string): Addresses {
  const { host, searchParams } = new URL(url);
  const at = (name: keyof Addresses): string => searchParams.get(name) ?? '';
  return { plain: host, sasl: at('sasl'), mutual: at('mutual'), gate: at('gate'), behindGate: at('behindGate') };
}
