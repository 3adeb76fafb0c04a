/** Deliberate bugs of the sinks, each of which loses events, or ids by which a copy is known. */
import type { Mutant } from './mutant.ts';

export const SINKS: readonly Mutant[] = [
  {
    name: 'Elasticsearch gets documents without their ids',
    package: 'sink-elasticsearch',
    file: 'bulk/text.ts',
    from: 'writeOwn(to, `{"create":{"_id":${JSON.stringify(envelope.id)}}}\\n`, envelope);',
    to: 'writeOwn(to, `{"create":{}}\\n`, envelope);',
    tests: ['bulk/text.test.ts', 'kit.test.ts'],
  },
  {
    name: 'a data stream is not asked what it holds before it gets a batch again',
    package: 'sink-elasticsearch',
    file: 'sink.ts',
    from: 'const looked = replay ? await',
    to: 'const looked = replay && ready === undefined ? await',
    tests: ['guard/guard.test.ts', 'sink.test.ts', 'kit.test.ts'],
  },
  {
    name: 'Splunk gets events without their ids',
    package: 'sink-splunk-hec',
    file: 'envelope.ts',
    from: '      event_id: id,\n',
    to: '      event_id: id.slice(0, 0),\n',
    tests: ['envelope.test.ts', 'kit.test.ts'],
  },
  {
    name: 'Datadog gets events without their ids',
    package: 'sink-datadog',
    file: 'entry.ts',
    from: '"evt":{"id":${JSON.stringify(id)}',
    to: '"evt":{"id":${JSON.stringify(id.slice(0, 0))}',
    tests: ['entry.test.ts', 'kit.test.ts'],
  },
  {
    name: 'Datadog’s intake counts as having taken what it answers 200 to',
    package: 'sink-datadog',
    file: 'answer.ts',
    from: '  if (answer.status === 202) return true;\n',
    to: '  if (answer.status === 202 || answer.status === 200) return true;\n',
    tests: ['answer.test.ts', 'cases.test.ts', 'kit.test.ts'],
  },
  {
    name: 'Kafka gets records without their ids',
    package: 'sink-kafka',
    file: 'record/headers.ts',
    from: "    'openai-event-id': id,\n",
    to: "    'openai-event-id': id.slice(0, 0),\n",
    tests: ['record/record.test.ts', 'kit.test.ts'],
  },
  {
    name: 'what Kafka has not answered about counts as stored',
    package: 'sink-kafka',
    file: 'client/kafkajs.ts',
    from: "if (one === undefined) return [partition, { kind: 'trouble', trouble: UNNAMED }];",
    to: "if (one === undefined) return [partition, { kind: 'answer', code: 0, baseOffset: 2n ** 40n }];",
    tests: ['cases.test.ts', 'kit.test.ts'],
  },
  {
    name: 'Splunk’s first yes counts though the indexer has to confirm it',
    package: 'sink-splunk-hec',
    file: 'sink.ts',
    from: '    return desk.settle(answer, ticket, { events, call });\n',
    to: "    desk.settle(answer, ticket, { events, call }).catch(() => undefined);\n    return { kind: 'acked' };\n",
    tests: ['cases.test.ts', 'kit.test.ts'],
  },
];
