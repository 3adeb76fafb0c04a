/**
 * Datadog's own client, loaded when set-up needs it and never before: it costs seconds and more than 100 MB of memory and of disk, which
 * whoever only sends logs does not pay. It is an optional peer dependency, so it may not be there.
 *
 * Its types are not used, because they would be part of what this package needs to be compiled; what is used of it is named here.
 */

/** The package, and the command that installs it beside this one. */
export const CLIENT_PACKAGE = '@datadog/datadog-api-client';
export const INSTALL = 'npm install @datadog/datadog-api-client@^1.64.0';

/** What the client hands over for each request; the address is whole. */
export interface RequestContext {
  getUrl(): string;
  getHttpMethod(): string;
  getHeaders(): Readonly<Record<string, string>>;
  getBody(): unknown;
}

/** What it wants back. */
export interface ResponseContext {
  readonly httpStatusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { text(): Promise<string>; binary(): Promise<Uint8Array> };
}

/** The place at which it can be given another way to the network. */
export interface HttpLibrary {
  send(request: RequestContext): Promise<ResponseContext>;
}

/** One group of its calls: each takes an object of parameters, or nothing. */
export type ApiGroup = Readonly<Record<string, (parameters?: object) => Promise<unknown>>>;

export type ApiGroupClass = new (configuration: unknown) => ApiGroup;

interface Serializer {
  /** From JSON as it is sent to a model of the client's. */
  deserialize(data: unknown, type: string, format: string): unknown;
}

/** What is used of the package. */
export interface OfficialClient {
  readonly client: {
    createConfiguration(parameters: object): unknown;
    readonly ServerConfiguration: new (url: string, variables: object) => unknown;
  };
  readonly v1: Readonly<
    Record<'AuthenticationApi' | 'LogsPipelinesApi' | 'DashboardsApi' | 'MonitorsApi', ApiGroupClass>
  >;
  readonly v2: Readonly<Record<'SecurityMonitoringApi' | 'KeyManagementApi', ApiGroupClass>>;
  readonly v1Models: Serializer;
  readonly v2Models: Serializer;
}

/** Loads one module; a test has one that finds none. */
export type Load = (name: string) => Promise<unknown>;

const load: Load = (name) => import(name);

/** Undefined: it is not installed. @throws Error when it is of a version that has not what is used, and what else keeps it from loading. */
export async function loadOfficialClient(importing: Load = load): Promise<OfficialClient | undefined> {
  const main = await importing(CLIENT_PACKAGE).catch(unlessMissing);
  if (main === undefined) return undefined;
  const [v1, v2] = [
    await importing(modelsOf('v1')).catch(unlessMissing),
    await importing(modelsOf('v2')).catch(unlessMissing),
  ];
  const { client, v1: one, v2: two } = Object(main);
  const parts = [client, one, two, Object(v1).ObjectSerializer, Object(v2).ObjectSerializer];
  if (parts.includes(undefined)) throw new Error(`${CLIENT_PACKAGE} is of a version that does not fit: ${INSTALL}`);
  // What it has under these names is what its types say (1.64.0); a test runs all of it.
  return { client, v1: one, v2: two, v1Models: parts[3], v2Models: parts[4] } as OfficialClient;
}

function modelsOf(version: 'v1' | 'v2'): string {
  return `${CLIENT_PACKAGE}/dist/packages/datadog-api-client-${version}/models/ObjectSerializer.js`;
}

function unlessMissing(error: unknown): undefined {
  if (Object(error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
}
