/** Whom we trust and how we show ourselves: made of files, and made anew when they change. */
import { readFileSync, statSync } from 'node:fs';
import * as tls from 'node:tls';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

export interface TlsContext {
  /** For the next connection. Files that have changed for the worse are passed over until they are whole again. */
  current(): tls.SecureContext;
}

/** @throws TlsFileError */
export function openTlsContext(files: TlsFiles): TlsContext {
  const paths = [files.ca_file, files.cert_file, files.key_file].filter((path) => path !== undefined);
  let known = stampOf(paths);
  let context = contextOf(files);
  return {
    current: () => {
      const stamp = stampOf(paths);
      if (stamp === known) return context;
      try {
        context = contextOf(files);
        known = stamp;
      } catch {
        // Written by halves, or with a key that does not fit its certificate yet: the next connection looks again.
      }
      return context;
    },
  };
}

function contextOf(files: TlsFiles): tls.SecureContext {
  const { ca, cert, key } = readTlsFiles(files);
  return tls.createSecureContext({
    ...(ca === undefined ? {} : { ca: [...usualAuthorities(), ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
}

/** Those that hold where no file is named; naming one adds to them, `NODE_EXTRA_CA_CERTS` included. */
function usualAuthorities(): readonly string[] {
  // From Node 22.15 on it can be asked for.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => readonly string[] };
  if (getCACertificates !== undefined) return getCACertificates('default');
  const path = process.env['NODE_EXTRA_CA_CERTS'];
  return path === undefined || path === '' ? tls.rootCertificates : [...tls.rootCertificates, ...textAt(path)];
}

/** None where it cannot be read, of which Node itself warns at its start. */
function textAt(path: string): readonly string[] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}

/** Another one whenever one of the files is written or replaced. */
function stampOf(paths: readonly string[]): string {
  return paths.map(stampOfFile).join();
}

function stampOfFile(path: string): string {
  try {
    const { mtimeMs, ino, size } = statSync(path);
    return `${mtimeMs}-${ino}-${size}`;
  } catch {
    return 'gone';
  }
}
