/**
 * The Kafka that tests run against where no container engine is, from Maven Central: the broker's own class path, and
 * for the newest version Kafka's command line tools, Streams, and the programs of `java/`.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../cache.ts';
import { runCommand } from '../command.ts';
import { findJava, type Java } from '../java.ts';
import { type Artifact, fetchClassPath } from '../maven.ts';

/** The newest of each line that the sink is promised to work with. */
export const VERSIONS = ['4.4.0', '3.9.2'] as const;
export type Version = (typeof VERSIONS)[number];

export interface Distribution {
  /** For `java -cp`. */
  readonly classPath: string;
  readonly java: Java;
}

const OLDEST_JAVA = 17;

/** A compiler that any Java runtime can run: no JDK is needed, and every machine compiles in one way. */
const COMPILER = '3.40.0';

// Compiled, this file stands in `test/dist`; the Java sources have stayed where they are.
const JAVA = fileURLToPath(new URL('java/auditrelay', import.meta.url)).replace('/dist/', '/');

/** Downloads and compiles what is missing: about 20 s, once for a machine. */
export async function distribution(version: Version): Promise<Distribution> {
  const java = await findJava(OLDEST_JAVA);
  const artifacts = artifactsOf(version);
  const sources = sourcesOf(version).map((name) => join(JAVA, name));
  const folder = await cached({
    name: `kafka-${version}`,
    ingredients: [JSON.stringify(artifacts), ...sources.map((path) => readFileSync(path, 'utf8'))],
    build: async (target) => {
      await fetchClassPath(artifacts, target);
      await compile(sources, target, java);
    },
  });
  return { classPath: `${join(folder, 'classes')}:${folder}/*`, java };
}

function artifactsOf(version: Version): readonly Artifact[] {
  const apache = (artifactId: string): Artifact => ({
    groupId: 'org.apache.kafka',
    artifactId,
    version,
    type: 'jar',
  });
  const tools = version === VERSIONS[0] ? [apache('kafka-tools'), apache('kafka-streams')] : [];
  return [
    apache('kafka_2.13'),
    ...tools,
    // Without something that logs, nobody says that the broker has started.
    { groupId: 'org.slf4j', artifactId: 'slf4j-simple', version: '1.7.36', type: 'jar' },
    { groupId: 'org.eclipse.jdt', artifactId: 'ecj', version: COMPILER, type: 'jar' },
  ];
}

function sourcesOf(version: Version): readonly string[] {
  const clients = ['Gateway.java', 'Orders.java', 'Records.java', 'CountByActor.java'];
  return ['Broker.java', ...(version === VERSIONS[0] ? clients : [])];
}

async function compile(sources: readonly string[], folder: string, java: Java): Promise<void> {
  const classes = join(folder, 'classes');
  mkdirSync(classes);
  const level = String(OLDEST_JAVA);
  // The compiler knows no `*` in a class path.
  const jars = readdirSync(folder).filter((name) => name.endsWith('.jar'));
  const classPath = jars.map((name) => join(folder, name)).join(':');
  const options = ['-source', level, '-target', level, '-nowarn', '-classpath', classPath, '-d', classes];
  const compiler = join(folder, `ecj-${COMPILER}.jar`);
  await runCommand({ file: join(java.home, 'bin', 'java'), args: ['-jar', compiler, ...options, ...sources] });
}
