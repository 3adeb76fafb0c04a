/** The credentials as kafkajs takes them. */
import { readFileSync } from 'node:fs';
import type { Sasl } from './connection-config.ts';

/** The token's file cannot be read, or holds none. */
class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
}

/** A new object for each client: kafkajs writes into it. */
export function saslOf({ mechanism, username = '', password = '', token, token_file }: Sasl): object {
  if (mechanism !== 'oauthbearer') return { mechanism, username, password };
  const oauthBearerProvider = async (): Promise<{ value: string }> => ({
    value: token ?? readToken(token_file ?? ''),
  });
  return { mechanism, oauthBearerProvider };
}

/** Read whenever it is shown to a broker: at each connection, and again before the broker's session ends (KIP-368). */
function readToken(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new TokenFileError('sasl.token_file cannot be read', { cause });
  }
  if (text === '') throw new TokenFileError('sasl.token_file is empty');
  return text;
}
