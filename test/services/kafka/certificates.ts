/** The PEM files of secured listeners and of their clients: made once for a machine, of no use elsewhere. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { runCommand } from '../command.ts';

/** Paths. */
export interface Certificates {
  /** The authority that the broker has its certificate of, and asks of clients. */
  readonly ca: string;
  /** Key and certificate of the broker in one file, as Kafka reads them. */
  readonly broker: string;
  /** Two clients of that authority; a client's key can so be changed. */
  readonly client: Pair;
  readonly second: Pair;
  /** Signed by itself: nobody trusts it. */
  readonly stranger: Pair;
}

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const NAMES = 'subjectAltName=IP:127.0.0.1,DNS:localhost\n';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const VALID = ['-days', '36500'];

export async function certificates(): Promise<Certificates> {
  const folder = await cached({ name: 'kafka-certificates', ingredients: [NAMES, ...NEW_KEY, ...VALID], build: make });
  const pair = (name: string): Pair => ({ cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) });
  return {
    ca: join(folder, 'ca.pem'),
    broker: join(folder, 'broker.both.pem'),
    client: pair('client'),
    second: pair('second'),
    stranger: pair('stranger'),
  };
}

async function make(cwd: string): Promise<void> {
  const openssl = (...args: readonly string[]): Promise<string> => runCommand({ file: 'openssl', args, cwd });
  const selfSigned = (name: string): Promise<string> =>
    openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      ...VALID,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${name}`,
    );
  writeFileSync(join(cwd, 'names'), NAMES);
  await selfSigned('ca');
  await selfSigned('stranger');
  for (const name of ['broker', 'client', 'second']) {
    await openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    await openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...issuer,
      ...VALID,
      '-out',
      `${name}.pem`,
      '-extfile',
      'names',
    );
  }
  const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');
  writeFileSync(join(cwd, 'broker.both.pem'), read('broker.key') + read('broker.pem'));
}
