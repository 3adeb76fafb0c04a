import { describe, expect, test } from 'vitest';
import { kafkaConfigSchema } from './config.ts';

const LEAST = { brokers: ['kafka-0.example.com:9092'], topic: 'openai.audit' };
const PLAIN = { mechanism: 'plain', username: 'ada', password: 'secret' };

test('two keys are enough, and the defaults are what is best for most', () => {
  expect(kafkaConfigSchema.parse(LEAST)).toEqual({
    ...LEAST,
    key: 'event.id',
    cloudevents: false,
    compression: 'gzip',
    idempotent: false,
    max_message_bytes: 1_048_576,
    client_id: 'audit-relay',
    connect_timeout: 10_000,
    request_timeout: 30_000,
  });
});

describe('what is wrong is told at its key, with what was expected', () => {
  const cases: readonly [name: string, config: object, path: string, words: RegExp][] = [
    ['no broker', { brokers: [] }, 'brokers', /./],
    ['a broker twice', { brokers: ['a:1', 'a:1'] }, 'brokers', /each broker once/],
    ['a broker without its port', { brokers: ['kafka'] }, 'brokers.0', /host and port/],
    ['a broker with a scheme', { brokers: ['kafka://a:9092'] }, 'brokers.0', /host and port/],
    ['a port that there is not', { brokers: ['a:70000'] }, 'brokers.0', /port from 1/],
    ['a topic with a space', { topic: 'my topic' }, 'topic', /name of a topic/],
    ['a topic that is a path', { topic: '..' }, 'topic', /name of a topic/],
    ['a key that there is not', { key: 'user' }, 'key', /./],
    ['zstd', { compression: 'zstd' }, 'compression', /./],
    ['acks of its own', { acks: 1 }, '', /acks/],
    ['a message of nothing', { max_message_bytes: '1kB' }, 'max_message_bytes', /16KiB/],
    [
      'a mechanism without credentials',
      { sasl: { mechanism: 'scram-sha-512' } },
      'sasl.username',
      /username and password/,
    ],
    ['a user without password', { sasl: { mechanism: 'scram-sha-256', username: 'ada' } }, 'sasl.username', /password/],
    [
      'a password for a token',
      { tls: {}, sasl: { ...PLAIN, mechanism: 'oauthbearer', token: 't' } },
      'sasl.mechanism',
      /no username/,
    ],
    ['a token for a password', { tls: {}, sasl: { ...PLAIN, token: 't' } }, 'sasl.mechanism', /oauthbearer/],
    ['no token', { tls: {}, sasl: { mechanism: 'oauthbearer' } }, 'sasl.token_file', /either token or token_file/],
    [
      'two tokens',
      { tls: {}, sasl: { mechanism: 'oauthbearer', token: 't', token_file: 'f' } },
      'sasl.token_file',
      /either/,
    ],
    ['a password in the clear', { sasl: PLAIN }, 'sasl.allow_cleartext', /expected tls/],
    [
      'a token in the clear',
      { sasl: { mechanism: 'oauthbearer', token: 't' } },
      'sasl.allow_cleartext',
      /expected tls/,
    ],
    ['a certificate without its key', { tls: { cert_file: 'c' } }, 'tls', /together/],
    ['a topic to make without partitions', { create_topic: {} }, 'create_topic.partitions', /./],
  ];
  test.each(cases)('%s', (_, config, ...[path, words]) => {
    const issues = kafkaConfigSchema.safeParse({ ...LEAST, ...config }).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join('.'))).toContain(path);
    expect(issues.map(({ message }) => message).join('\n')).toMatch(words);
  });
});

describe('is taken', () => {
  const cases: readonly [name: string, config: object][] = [
    ['a password behind tls', { tls: {}, sasl: PLAIN }],
    ['a password in the clear to this machine', { brokers: ['127.0.0.1:9092', 'localhost:9092'], sasl: PLAIN }],
    ['a password in the clear, on request', { sasl: { ...PLAIN, allow_cleartext: true } }],
    ['scram in the clear, which shows no password', { sasl: { ...PLAIN, mechanism: 'scram-sha-512' } }],
    ['a token from a file', { tls: {}, sasl: { mechanism: 'oauthbearer', token_file: '/run/token' } }],
    ['a topic to make', { create_topic: { partitions: 6, config: { 'min.insync.replicas': 2 } } }],
    ['snappy and lz4, which are there', { compression: 'snappy' }],
  ];
  test.each(cases)('%s', (_, config) => {
    expect(kafkaConfigSchema.safeParse({ ...LEAST, ...config }).error).toBeUndefined();
  });

  test('settings of a topic become text, and its copies are three', () => {
    const { create_topic } = kafkaConfigSchema.parse({
      ...LEAST,
      create_topic: { partitions: 6, config: { 'min.insync.replicas': 2, 'unclean.leader.election.enable': false } },
    });
    expect(create_topic).toEqual({
      partitions: 6,
      replication_factor: 3,
      config: { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' },
    });
  });
});
