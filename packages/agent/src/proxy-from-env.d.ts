/** The package has no types of its own. */
declare module 'proxy-from-env' {
  /** Empty: no proxy. By `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, upper or lower case. */
  export function getProxyForUrl(url: string): string;
}
