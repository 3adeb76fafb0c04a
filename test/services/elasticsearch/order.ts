/** What a test asks for and what it gets, whichever way the node is run. */
import type { Version } from './distribution.ts';
import type { Settings } from './workplace.ts';

export interface ElasticsearchOrder {
  readonly version: Version;
  /** Beside those of every node; the same keys win over them. */
  readonly settings?: Settings;
  /** With HTTPS and users, of whom `ADMIN` is one; such a node is always a process of this machine. */
  readonly isSecure?: boolean;
  /** The test kills the node, so that it must be one of its own. */
  readonly isKilled?: boolean;
}

/** Whether any node of the version will do, so that all who ask can have the same one. */
export function canBeShared({ settings, isSecure = false, isKilled = false }: ElasticsearchOrder): boolean {
  return settings === undefined && !isSecure && !isKilled;
}

export interface ElasticsearchNode {
  /** `http://127.0.0.1:9200`, the same after a restart. */
  readonly url: string;
  /** Of a secured node: the PEM file of the authority to trust. */
  readonly caFile?: string;
  /** SIGKILL; what was stored stays. */
  kill(): Promise<void>;
  /** Starts a killed node on what it had stored; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends the node and removes all it had. */
  stop(): Promise<void>;
}

/** A node that is somebody else's, too: it can be used, and neither killed nor stopped. */
export function borrowed(url: string): ElasticsearchNode {
  const refuse = async (): Promise<void> => {
    throw new Error('this node is not ours to kill: ask for one with isKilled');
  };
  return { url, kill: refuse, restart: refuse, stop: async () => undefined };
}
