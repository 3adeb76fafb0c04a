/** What makes a node a secured one: HTTPS with a certificate that signs itself, and one user who may do everything. */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { Java } from '../java.ts';
import type { Settings } from './workplace.ts';

/** Opens nothing but nodes of tests. */
export const ADMIN: { readonly username: string; readonly password: string } = {
  username: 'admin',
  password: 'admin-of-a-test-node',
};

const STORE = 'http.p12';
const STORE_PASSWORD = 'of-a-test-node';
/** The certificate as PEM, in the node's `config`: for clients it is the authority, too. */
export const CERTIFICATE = 'http.pem';

export const securitySettings: Settings = {
  'xpack.security.enabled': true,
  'xpack.security.autoconfiguration.enabled': false,
  'xpack.security.enrollment.enabled': false,
  'xpack.security.transport.ssl.enabled': false,
  'xpack.security.http.ssl.enabled': true,
  'xpack.security.http.ssl.keystore.path': STORE,
  'xpack.security.http.ssl.keystore.password': STORE_PASSWORD,
  'xpack.security.authc.api_key.enabled': true,
};

/** Writes certificate and user into the folder that the settings above look in. */
export async function secure(config: string, java: Java): Promise<void> {
  const keytool = join(java.home, 'bin', 'keytool');
  const store = [
    '-alias',
    'http',
    '-keystore',
    join(config, STORE),
    '-storepass',
    STORE_PASSWORD,
    '-storetype',
    'PKCS12',
  ];
  const subject = ['-dname', 'CN=audit-relay-test', '-ext', 'SAN=IP:127.0.0.1,DNS:localhost', '-ext', 'BC=ca:true'];
  await runCommand({ file: keytool, args: ['-genkeypair', '-keyalg', 'EC', '-validity', '2', ...store, ...subject] });
  await runCommand({ file: keytool, args: ['-exportcert', '-rfc', '-file', join(config, CERTIFICATE), ...store] });
  writeFileSync(join(config, 'users'), `${ADMIN.username}:${hashed(ADMIN.password)}\n`);
  writeFileSync(join(config, 'users_roles'), `superuser:${ADMIN.username}\n`);
}

/** In the form of Elasticsearch's `pbkdf2_1000`: `{PBKDF2}1000$<salt>$<hash>`, both base64. */
function hashed(password: string): string {
  const salt = randomBytes(32);
  const hash = pbkdf2Sync(password, salt, 1_000, 32, 'sha512');
  return `{PBKDF2}1000$${salt.toString('base64')}$${hash.toString('base64')}`;
}
