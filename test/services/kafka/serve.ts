/**
 * A broker for benches and for trying things out: `node test/dist/services/kafka/serve.js [version]` prints its
 * address, the listeners that are not plain as its parameters, and runs until stdin ends.
 */
import { once } from 'node:events';
import { VERSIONS } from './distribution.ts';
import { toUrl } from './order.ts';
import { startKafka } from './start.ts';

const asked = process.argv[2] ?? VERSIONS[0];
const version = VERSIONS.find((known) => known === asked);
if (version === undefined) throw new Error(`no version ${asked}: there are ${VERSIONS.join(' and ')}`);
const broker = await startKafka({ version });
console.log(`listening on ${toUrl(broker.addresses)}`);
process.stdin.resume();
await once(process.stdin, 'end');
await broker.stop();
