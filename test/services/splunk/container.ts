/** Splunk Enterprise in a container, of Splunk's own image and as `docker-compose.yml` has it: where a container engine answers. */
import { composeService } from '../compose.ts';
import { type SplunkAdmin, splunkAdmin } from './admin.ts';

const STARTUP_MS = 600_000;
const HEC = 8088;
const MANAGEMENT = 8089;

export interface SplunkServer {
  /** Of the collector. */
  readonly url: string;
  /** Of the collector; every index is allowed. */
  readonly token: string;
  readonly admin: SplunkAdmin;
  stop(): Promise<void>;
}

/** Some minutes the first time on a machine. @throws Error where no container engine answers. */
export async function startSplunk(): Promise<SplunkServer> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  await getContainerRuntimeClient();
  const { image, environment = {} } = composeService('splunk');
  const container = await new GenericContainer(image)
    .withPlatform('linux/amd64')
    .withEnvironment({ ...environment })
    .withExposedPorts(HEC, MANAGEMENT)
    // The image looks after itself: it is healthy once Splunk is set up.
    .withWaitStrategy(Wait.forHealthCheck())
    .withStartupTimeout(STARTUP_MS)
    .start();
  const at = (port: number): string => `${container.getHost()}:${container.getMappedPort(port)}`;
  const { SPLUNK_PASSWORD: password = '', SPLUNK_HEC_TOKEN: token = '' } = environment;
  return {
    url: `http://${at(HEC)}`,
    token,
    admin: splunkAdmin(`https://${at(MANAGEMENT)}`, password),
    stop: async () => void (await container.stop()),
  };
}
