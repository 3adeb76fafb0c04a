/**
 * The Elasticsearch that tests run against where no container engine is: Elastic's own trimmed distribution from
 * Maven Central, unpacked once, with the endpoints it lacks put back by `plugin/`.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../cache.ts';
import { runCommand } from '../command.ts';
import { findJava, type Java } from '../java.ts';
import { type Artifact, fetchArtifacts } from '../maven.ts';

/** The newest of each line that the sink is promised to work with. */
export const VERSIONS = ['9.5.3', '8.19.2'] as const;
export type Version = (typeof VERSIONS)[number];

export interface Distribution {
  /** Has `bin/elasticsearch`. */
  readonly home: string;
  readonly java: Java;
}

/** What its classes are compiled for. */
const OLDEST_JAVA: Readonly<Record<Version, number>> = { '9.5.3': 21, '8.19.2': 17 };

/** A compiler that any Java runtime can run: no JDK is needed, and every machine compiles in one way. */
const compiler: Artifact = { groupId: 'org.eclipse.jdt', artifactId: 'ecj', version: '3.40.0', type: 'jar' };
const JAR_PLUGIN = 'org.apache.maven.plugins:maven-jar-plugin:3.4.2:jar';

// Compiled, this file stands in `test/dist`; the Java sources have stayed where they are.
const PLUGIN = fileURLToPath(new URL('plugin', import.meta.url)).replace('/dist/', '/');

/** Downloads and builds what is missing: about 10 s, once for a machine. */
export async function distribution(version: Version): Promise<Distribution> {
  const java = await findJava(OLDEST_JAVA[version]);
  const artifacts = [archive(version), compiler];
  const folder = await cached({
    name: `elasticsearch-${version}`,
    ingredients: [JSON.stringify(artifacts), ...sources(version).map((path) => readFileSync(path, 'utf8'))],
    build: async (target) => {
      await fetchArtifacts(artifacts, target);
      await installPlugin(target, version, java);
    },
  });
  return { home: join(folder, `elasticsearch-${version}`), java };
}

function archive(version: Version): Artifact {
  const groupId = 'org.elasticsearch.distribution.integ-test-zip';
  return { groupId, artifactId: 'elasticsearch', version, type: 'zip' };
}

/** The plugin speaks to the insides of the server, of which some have moved between the two versions. */
function sources(version: Version): readonly string[] {
  const [major = ''] = version.split('.');
  const own = ['FixturePlugin.java', 'Streams.java'].map((name) => join(PLUGIN, major, 'auditrelay', name));
  const both = ['Endpoints.java', 'FieldTypes.java', 'SecurityAnalysis.java'].map((name) =>
    join(PLUGIN, 'both', 'auditrelay', name),
  );
  return [...both, ...own];
}

async function installPlugin(folder: string, version: Version, java: Java): Promise<void> {
  const home = join(folder, `elasticsearch-${version}`);
  const work = join(folder, 'plugin');
  mkdirSync(work);
  await compile(join(work, 'target', 'classes'), { folder, home, version, java });
  writeFileSync(join(work, 'pom.xml'), PLUGIN_POM);
  await runCommand({ file: 'mvn', args: ['--batch-mode', '--quiet', JAR_PLUGIN], cwd: work });
  const target = join(home, 'plugins', 'fixture');
  mkdirSync(target);
  renameSync(join(work, 'target', 'fixture-1.jar'), join(target, 'fixture.jar'));
  writeFileSync(join(target, 'plugin-descriptor.properties'), descriptor(version));
  rmSync(work, { recursive: true });
}

interface Compilation {
  /** Where the compiler is. */
  readonly folder: string;
  readonly home: string;
  readonly version: Version;
  readonly java: Java;
}

async function compile(classes: string, { folder, home, version, java }: Compilation): Promise<void> {
  const libraries = readdirSync(join(home, 'lib')).filter((name) => name.endsWith('.jar'));
  const classPath = libraries.map((name) => join(home, 'lib', name)).join(':');
  const jar = join(folder, `ecj-${compiler.version}.jar`);
  const level = String(OLDEST_JAVA[version]);
  const options = ['-source', level, '-target', level, '-nowarn', '-classpath', classPath, '-d', classes];
  await runCommand({ file: join(java.home, 'bin', 'java'), args: ['-jar', jar, ...options, ...sources(version)] });
}

const PLUGIN_POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>audit-relay</groupId><artifactId>fixture</artifactId><version>1</version><packaging>jar</packaging></project>
`;

/** Elasticsearch loads a plugin only into the very version that it names. */
function descriptor(version: Version): string {
  return `name=fixture
description=endpoints for tests
version=1
classname=auditrelay.FixturePlugin
java.version=${OLDEST_JAVA[version]}
elasticsearch.version=${version}
`;
}
