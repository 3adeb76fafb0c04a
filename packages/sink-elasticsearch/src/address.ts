/** Where the cluster is: node addresses, and what a cloud id stands for. */

/** One of the two is there. */
export interface Addresses {
  readonly nodes?: readonly string[];
  readonly cloud_id?: string;
}

/** The cluster's base URLs, one or more. */
export function nodesOf({ nodes, cloud_id }: Addresses): readonly string[] {
  if (cloud_id === undefined) return nodes ?? [];
  return [`https://${hostOfCloudId(cloud_id)}`];
}

/**
 * The Elasticsearch host in a cloud id, port included if it names one; undefined when it is none.
 *
 * `name:base64("eu-west-1.aws.found.io:443$<elasticsearch>$<kibana>")`, as elasticsearch-js 8.19.2 reads it.
 */
export function hostOfCloudId(cloudId: string): string | undefined {
  const encoded = cloudId.slice(cloudId.lastIndexOf(':') + 1);
  if (!cloudId.includes(':') || encoded === '') return undefined;
  const [domain = '', elasticsearch = ''] = Buffer.from(encoded, 'base64').toString('utf8').split('$');
  const host = `${elasticsearch}.${domain}`;
  return elasticsearch !== '' && /^[\w.-]+(:\d+)?$/.test(host) && domain !== '' ? host : undefined;
}

/** True for this machine itself, where TLS protects nothing. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
