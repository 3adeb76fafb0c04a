/** The requests that the made-up cluster knows, each in versions that kafkajs takes, and its answers. */
import { APIS, type Api, type Connection } from './cluster-state.ts';
import { produce } from './produce.ts';
import { Reader, Writer } from './wire.ts';

/** The frame that goes back. */
export function answerTo(request: Buffer, connection: Connection): Buffer | 'silence' | 'close' {
  const reader = new Reader(request);
  const key = reader.int16();
  reader.int16(); // version
  const correlation = reader.int32();
  const { cluster } = connection;
  cluster.clientIds.add(reader.string() ?? '');
  const api = apiOf(key);
  cluster.asked.push(api);
  if (cluster.silent.has(api)) return 'silence';
  const isOpen = connection.isKnown || api === 'ApiVersions' || api.startsWith('Sasl');
  const body = isOpen ? BODIES[api](reader, connection) : 'close';
  if (typeof body === 'string') return body;
  const payload = body.done();
  return Buffer.concat([
    new Writer()
      .int32(payload.length + 4)
      .int32(correlation)
      .done(),
    payload,
  ]);
}

function apiOf(key: number): Api {
  const [name] = Object.entries(APIS).find(([, api]) => api.key === key) ?? [];
  if (name === undefined) throw new Error(`the made-up cluster does not know request ${key}`);
  // A key of the table.
  return name as Api;
}

type Body = (reader: Reader, connection: Connection) => Writer | 'silence' | 'close';

const BODIES: Readonly<Record<Api, Body>> = {
  ApiVersions: apiVersions,
  Metadata: metadata,
  Produce: produce,
  InitProducerId: (_, { cluster }) =>
    new Writer()
      .int32(0)
      .int16(cluster.codes.get('InitProducerId') ?? 0)
      .int64(cluster.nextProducerId())
      .int16(0),
  SaslHandshake: saslHandshake,
  SaslAuthenticate: saslAuthenticate,
  DescribeConfigs: describeConfigs,
  CreateTopics: createTopics,
  ListOffsets: listOffsets,
};

function apiVersions(): Writer {
  const writer = new Writer().int16(0);
  writer.list(Object.values(APIS), ({ key, lowest, highest }) => writer.int16(key).int16(lowest).int16(highest));
  return writer.int32(0);
}

function metadata(_: Reader, { cluster }: Connection): Writer {
  const writer = new Writer().int32(0);
  writer.list([...cluster.addresses.entries()], ([node, address]) => {
    const [host = '', port = ''] = (cluster.advertised[node] ?? address).split(':');
    writer.int32(node).string(host).int32(Number(port)).string(null);
  });
  writer.string('made-up').int32(0);
  const isThere = cluster.topicCode === 0;
  return writer.list([cluster.topic], (topic) => {
    writer.int16(cluster.topicCode).string(topic).int8(0);
    writer.list(isThere ? [...cluster.leaders.entries()] : [], ([partition, leader]) => {
      writer
        .int16(leader < 0 ? 5 : 0)
        .int32(partition)
        .int32(leader);
      writer.list(COPIES, (node) => writer.int32(node));
      writer.list(COPIES.slice(0, cluster.inSync), (node) => writer.int32(node));
      writer.list([], () => undefined);
    });
  });
}

/** The nodes that hold copies; whether they are there matters to nobody. */
const COPIES = [0, 1, 2];

function saslHandshake(): Writer {
  const writer = new Writer().int16(0);
  return writer.list(['PLAIN', 'OAUTHBEARER'], (mechanism) => writer.string(mechanism));
}

/** PLAIN: `\0user\0password`. OAUTHBEARER: `n,,\x01auth=Bearer token\x01\x01`, of the user `bearer`. */
function saslAuthenticate(reader: Reader, connection: Connection): Writer {
  const text = reader.bytes().toString();
  const [, user = '', password = ''] = text.startsWith('n,')
    ? ['', 'bearer', text.split('Bearer ')[1]?.split(String.fromCharCode(1))[0] ?? '']
    : text.split('\0');
  connection.cluster.shown.push(password);
  connection.isKnown = connection.cluster.users?.get(user) === password;
  const code = connection.isKnown ? 0 : 58;
  // Brokers say what they like: this one quotes the password.
  const words = connection.isKnown ? null : `Authentication failed: ${password} is not the password of ${user}`;
  return new Writer().int16(code).string(words).bytes(Buffer.alloc(0)).int64(0n);
}

function describeConfigs(reader: Reader, { cluster }: Connection): Writer {
  const names = reader.list(() => {
    reader.int8();
    return reader.string();
  });
  const code = cluster.codes.get('DescribeConfigs') ?? 0;
  const writer = new Writer().int32(0);
  return writer.list(names, (name) => {
    writer.int16(code).string(null).int8(2).string(name);
    writer.list(Object.entries(cluster.settings), ([key, value]) => {
      writer.string(key).string(value).int8(0).int8(5).int8(0);
      writer.list([], () => undefined);
    });
  });
}

function createTopics(reader: Reader, { cluster }: Connection): Writer {
  const topics = reader.list(() => {
    const name = reader.string() ?? '';
    const partitions = reader.int32();
    const copies = reader.int16();
    reader.list(() => reader.int32()); // assignments, of which there are none
    const settings = reader.list(() => `${reader.string()}=${reader.string()}`);
    return { name, words: [name, partitions, copies, ...settings].join(' ') };
  });
  reader.int32(); // time-out
  const isDryRun = reader.int8() === 1;
  const code = cluster.codes.get('CreateTopics') ?? 0;
  if (!isDryRun && code === 0) cluster.created.push(...topics.map(({ words }) => words));
  const writer = new Writer().int32(0);
  return writer.list(topics, ({ name }) => writer.string(name).int16(code).string(null));
}

function listOffsets(reader: Reader, { cluster }: Connection): Writer {
  reader.int32(); // replica
  reader.int8(); // isolation
  const topics = reader.list(() => ({
    name: reader.string(),
    partitions: reader.list(() => ({ partition: reader.int32(), fromMs: Number(reader.int64()) })),
  }));
  const writer = new Writer().int32(0);
  return writer.list(topics, ({ name, partitions }) => {
    writer.string(name);
    writer.list(partitions, ({ partition, fromMs }) => {
      const found = cluster.held.find((held) => held.partition === partition && held.timestampMs >= fromMs);
      writer
        .int32(partition)
        .int16(0)
        .int64(BigInt(found?.timestampMs ?? -1))
        .int64(BigInt(found?.offset ?? -1));
    });
  });
}
