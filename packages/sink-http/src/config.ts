/** The keys that every HTTP sink and source writes alike, for its own strict schema. */
import { z } from 'zod';
import type { TlsFiles } from './connect/tls-files.ts';
import { ProxyError, parseProxy } from './proxy/proxy.ts';

const path = z.string().min(1);

/** `tls: { ca_file, cert_file, key_file }`, each optional, the last two together. */
export const tlsSchema: z.ZodType<TlsFiles> = z
  .strictObject({
    ca_file: path
      .exactOptional()
      .describe('PEM file of further certificate authorities to trust.')
      .meta({ examples: ['/etc/ssl/company-ca.pem'] }),
    cert_file: path
      .exactOptional()
      .describe('PEM file of a client certificate; goes with `key_file`.')
      .meta({ examples: ['/etc/audit-relay/client.pem'] }),
    key_file: path
      .exactOptional()
      .describe('PEM file of its key.')
      .meta({ examples: ['/etc/audit-relay/client.key'] }),
  })
  .refine(({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined), {
    error: 'expected cert_file and key_file together',
  });

/** `proxy`: an HTTP proxy, with or without its scheme. */
export const proxySchema: z.ZodType<string> = z
  .string()
  .superRefine((text, context) => {
    try {
      parseProxy(text, 'proxy');
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      context.addIssue({ code: 'custom', message: 'expected an HTTP proxy such as http://proxy.example.com:3128' });
    }
  })
  .meta({ title: 'URL' });
