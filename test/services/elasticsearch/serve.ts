/**
 * A node for benches and for trying things out: `node test/dist/services/elasticsearch/serve.js [version]` prints its
 * address and runs until stdin ends.
 */
import { once } from 'node:events';
import { VERSIONS } from './distribution.ts';
import { startElasticsearch } from './start.ts';

const asked = process.argv[2] ?? VERSIONS[0];
const version = VERSIONS.find((known) => known === asked);
if (version === undefined) throw new Error(`no version ${asked}: there are ${VERSIONS.join(' and ')}`);
const node = await startElasticsearch({ version });
console.log(`listening on ${node.url}`);
process.stdin.resume();
await once(process.stdin, 'end');
await node.stop();
