/** What sinks of Audit Relay, and its source, need alike of the network; most of it for HTTP. */
export { certificateCheck } from './certificate-check.ts';
export { type HttpClient, type HttpClientOptions, type HttpRequest, openHttpClient } from './client.ts';
export { proxySchema, tlsSchema } from './config.ts';
export type { ShownCertificate } from './connect/chain.ts';
export { lookup } from './connect/lookup.ts';
export { openTlsContext, type TlsContext } from './connect/tls-context.ts';
export { TlsFileError, type TlsFiles, tlsFileProblem } from './connect/tls-files.ts';
export { type FailureOptions, failureOf } from './failure.ts';
export { CLOSED, type FaultKind, faultOf, type HttpFault, OVERDUE } from './fault/fault.ts';
export { parseHttpDate } from './http-date.ts';
export { LogThrottle } from './log-throttle.ts';
export { isLoopbackHost } from './proxy/no-proxy.ts';
export { ProxyError, parseProxy, proxyFromEnvironment } from './proxy/proxy.ts';
export type { HttpAnswer, HttpReply } from './reply.ts';
export { retryAfterMs, type WithHeaders } from './retry-after.ts';
export { Rotation } from './rotation.ts';
export { TextBytes } from './text-bytes.ts';
export { duration, size } from './units.ts';
