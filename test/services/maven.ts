/** What Maven Central has of a server: fetched by Maven itself, so that mirrors and proxies of a machine hold. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';

export interface Artifact {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
  readonly type: 'jar' | 'zip';
}

/** Puts the artifacts into `folder`, without what they depend on: unpacked where they are zips, else as they are. */
export async function fetchArtifacts(artifacts: readonly Artifact[], folder: string): Promise<void> {
  const pom = join(folder, 'pom.xml');
  writeFileSync(pom, pomFor(artifacts));
  for (const [type, goal] of Object.entries({ zip: 'unpack-dependencies', jar: 'copy-dependencies' })) {
    if (!artifacts.some((artifact) => artifact.type === type)) continue;
    const plugin = `org.apache.maven.plugins:maven-dependency-plugin:3.8.1:${goal}`;
    const options = [`-DoutputDirectory=${folder}`, `-DincludeTypes=${type}`, '-DexcludeTransitive=true'];
    await runCommand({ file: 'mvn', args: ['--batch-mode', '--quiet', '--file', pom, plugin, ...options] });
  }
}

/** Puts jars and all that they need at run time into `folder`, which then is a class path. */
export async function fetchClassPath(artifacts: readonly Artifact[], folder: string): Promise<void> {
  const pom = join(folder, 'pom.xml');
  writeFileSync(pom, pomFor(artifacts));
  const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const options = [`-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
  await runCommand({ file: 'mvn', args: ['--batch-mode', '--quiet', '--file', pom, plugin, ...options] });
}

function pomFor(artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map(
    ({ groupId, artifactId, version, type }) =>
      `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId>` +
      `<version>${version}</version><type>${type}</type></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>audit-relay</groupId><artifactId>test-services</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}
