/** The `server.properties` of a broker, in whichever way it is run. */
import type { Addresses, Settings } from './order.ts';

/** A cluster's members know one another by it: 16 bytes, base64url. */
export const CLUSTER_ID = 'YXVkaXQtcmVsYXktdGVzdA';

export interface Member {
  readonly nodeId: number;
  readonly roles: 'broker,controller' | 'broker';
  readonly addresses: Addresses;
  /** Where the one controller listens. */
  readonly controller: { readonly nodeId: number; readonly port: number };
  /** `127.0.0.1`, and in a container all interfaces. */
  readonly bind: string;
  /** Where it keeps its data. */
  readonly data: string;
  /** PEM files, as the broker sees them. */
  readonly broker: string;
  readonly ca: string;
  readonly settings: Settings;
}

export function propertiesOf(member: Member): string {
  const all = { ...identity(member), ...listeners(member), ...security(member), ...single, ...member.settings };
  return Object.entries(all)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function identity({ nodeId, roles, controller, data }: Member): Settings {
  return {
    'process.roles': roles,
    'node.id': nodeId,
    'controller.quorum.voters': `${controller.nodeId}@127.0.0.1:${controller.port}`,
    'log.dirs': data,
  };
}

function listeners({ roles, addresses, controller, bind }: Member): Settings {
  const { plain, sasl, mutual, gate, behindGate } = addresses;
  const advertised = { PLAINTEXT: plain, SASL_SSL: sasl, SSL: mutual, GATE: gate };
  const bound = { ...advertised, GATE: behindGate };
  const own = Object.entries(bound).map(([name, address]) => `${name}://${bind}:${address.split(':')[1]}`);
  const controllers = roles === 'broker' ? [] : [`CONTROLLER://${bind}:${controller.port}`];
  return {
    listeners: [...own, ...controllers].join(','),
    'advertised.listeners': Object.entries(advertised)
      .map(([name, address]) => `${name}://${address}`)
      .join(','),
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,GATE:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
  };
}

/** Opens nothing but brokers of tests. */
export const USER: { readonly username: string; readonly password: string } = {
  username: 'relay',
  password: 'relay-of-a-test-broker',
};

const MODULES = 'org.apache.kafka.common.security';

function security({ broker, ca }: Member): Settings {
  const jaas = (mechanism: string): string => `listener.name.sasl_ssl.${mechanism}.sasl.jaas.config`;
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [jaas('plain')]: `${MODULES}.plain.PlainLoginModule required user_${USER.username}="${USER.password}";`,
    [jaas('scram-sha-256')]: `${MODULES}.scram.ScramLoginModule required;`,
    [jaas('scram-sha-512')]: `${MODULES}.scram.ScramLoginModule required;`,
    [jaas('oauthbearer')]:
      `${MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': broker,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': ca,
    'listener.name.ssl.ssl.client.auth': 'required',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // Of PLAINTEXT.
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': true,
  };
}

/** For one broker that has everything, soon. */
const single: Settings = {
  'num.partitions': 3,
  // As it is unless somebody says no: what makes topics by accident is seen to.
  'auto.create.topics.enable': true,
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.num.partitions': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  // Ten seconds by default: what a test waits for that lets a transaction time out.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
  'group.initial.rebalance.delay.ms': 0,
  // Six seconds by default: what a test waits for that lets a member's session end.
  'group.min.session.timeout.ms': 3_000,
  'log.cleaner.enable': false,
  // By the time of its records, which for made-up events is long ago: they would be gone after half a minute.
  'log.retention.ms': -1,
};
