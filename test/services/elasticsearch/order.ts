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
export function canBeShared({ settings, isKilled = false }: ElasticsearchOrder): boolean {
  return settings === undefined && !isKilled;
}

/** For the desk, which hands out text. */
export function toUrl({ url, caFile }: Pick<ElasticsearchNode, 'url' | 'caFile'>): string {
  return caFile === undefined ? url : `${url}/?${new URLSearchParams({ caFile }).toString()}`;
}

export function fromUrl(text: string): Pick<ElasticsearchNode, 'url' | 'caFile'> {
  const { origin, searchParams } = new URL(text);
  const caFile = searchParams.get('caFile');
  return { url: origin, ...(caFile === null ? {} : { caFile }) };
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
export function borrowed(node: Pick<ElasticsearchNode, 'url' | 'caFile'>): ElasticsearchNode {
  const refuse = async (): Promise<void> => {
    throw new Error('this node is not ours to kill: ask for one with isKilled');
  };
  return { ...node, kill: refuse, restart: refuse, stop: async () => undefined };
}
