/** The files of `tls`: read, and looked at closely enough to say what is wrong with one in words. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Paths of PEM files as the configuration names them; relative ones begin at the working directory. */
export interface TlsFiles {
  /** Further certificate authorities to trust. */
  readonly ca_file?: string;
  /** A client certificate, with those between it and its authority; goes with `key_file`. */
  readonly cert_file?: string;
  readonly key_file?: string;
}

/** A file of `tls` that cannot be used: `key` says which, the message what is wrong and what to do. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';
  readonly code = 'TLS_FILE_UNUSABLE';
  readonly key: keyof TlsFiles;

  constructor(key: keyof TlsFiles, problem: string) {
    super(problem);
    this.key = key;
  }
}

/** Texts in PEM, each with at least one certificate or key that can be read. */
export interface TlsTexts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** @throws TlsFileError for the first file that cannot be used, and for a certificate and key that do not belong together. */
export function readTlsFiles(files: TlsFiles): TlsTexts {
  const { ca_file, cert_file, key_file } = files;
  const ca = ca_file === undefined ? {} : { ca: readCertificates('ca_file', ca_file).text };
  if (cert_file === undefined && key_file === undefined) return ca;
  if (key_file === undefined) {
    throw new TlsFileError('cert_file', 'tls.cert_file needs tls.key_file beside it: name the file of its key');
  }
  if (cert_file === undefined) {
    throw new TlsFileError('key_file', 'tls.key_file needs tls.cert_file beside it: name the file of its certificate');
  }
  const cert = readCertificates('cert_file', cert_file);
  const key = readKey(key_file);
  if (cert.certificates[0]?.checkPrivateKey(key.key) !== true) {
    const problem = `tls.key_file ${key_file} is not the key of tls.cert_file ${cert_file}`;
    throw new TlsFileError(
      'key_file',
      `${problem}: name the pair that belongs together, the client's certificate first`,
    );
  }
  return { ...ca, cert: cert.text, key: key.text };
}

/** The same as a question: undefined when all is well. */
export function tlsFileProblem(files: TlsFiles): TlsFileError | undefined {
  try {
    readTlsFiles(files);
    return undefined;
  } catch (error) {
    if (error instanceof TlsFileError) return error;
    throw error;
  }
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/;
const LOCKED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/;

function readCertificates(key: 'ca_file' | 'cert_file', path: string) {
  const text = readPem(key, path);
  const blocks = text.match(CERTIFICATE) ?? [];
  const refuse = (problem: string): TlsFileError => new TlsFileError(key, `tls.${key} ${path} ${problem}`);
  if (blocks.length === 0) {
    if (PRIVATE_KEY.test(text))
      throw refuse('holds a private key and no certificate: name the file of the certificate');
    throw refuse('holds no certificate: it must hold -----BEGIN CERTIFICATE----- in PEM');
  }
  const certificates = blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw refuse(`is damaged at its ${index + 1}. certificate: write the file anew`);
    }
  });
  return { text, certificates };
}

function readKey(path: string): { readonly text: string; readonly key: KeyObject } {
  const text = readPem('key_file', path);
  const refuse = (problem: string): TlsFileError => new TlsFileError('key_file', `tls.key_file ${path} ${problem}`);
  if (LOCKED_KEY.test(text)) throw refuse('is locked with a passphrase: unlock it with openssl pkey -in … -out …');
  if (!PRIVATE_KEY.test(text)) {
    if (/BEGIN (?:TRUSTED |X509 )?CERTIFICATE/.test(text))
      throw refuse('holds a certificate and no key: name the file of the key');
    throw refuse('holds no private key: it must hold -----BEGIN PRIVATE KEY----- in PEM');
  }
  try {
    return { text, key: createPrivateKey(text) };
  } catch {
    throw refuse('is damaged: write the file anew');
  }
}

/** Text of a file, after what is wrong with files of any kind. */
function readPem(key: keyof TlsFiles, path: string): string {
  const refuse = (problem: string): TlsFileError => new TlsFileError(key, `tls.${key} ${path} ${problem}`);
  const bytes = bytesOf(path, refuse);
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (text.trim() === '') throw refuse('is empty: write the PEM text into it');
  // DER begins with a sequence: 0x30, and the length in so many bytes.
  if (bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80) {
    throw refuse(
      `is DER or PKCS#12 and no PEM: turn it into PEM, with openssl x509 -inform der, openssl pkey or openssl pkcs12`,
    );
  }
  if (bytes.includes('\0')) throw refuse('is no text: it must be PEM in UTF-8 or ASCII');
  return text;
}

function bytesOf(path: string, refuse: (problem: string) => TlsFileError): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(`cannot be read (${code ?? 'unknown'}): check the path and its rights`);
  }
}
