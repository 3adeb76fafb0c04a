/**
 * A certificate for localhost that is signed by itself, and its key: made for these tests, valid to 2120, of no use
 * elsewhere. A file of its own text, since the tarball holds code alone.
 */
export const SELF_SIGNED: { readonly cert: string; readonly key: string } = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBYTCCAQegAwIBAgIBCDAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHsV62yrEWUM9UuJ
EoPWcnoQSKVv49jtiZyBy+gcBQCY8d/hAVqAHG0SGATlf39PYZ2AcWzn2RM9fdgE
V6KEeM6jSDBGMAkGA1UdEwQCMAAwGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAAB
MB0GA1UdDgQWBBRdIU/v7QAHTqlXNI1TxroZRBwYIzAKBggqhkjOPQQDAgNIADBF
AiEA8DSw6AbFuifl7OUwG5csuuc29miz0Lqbk23HMAN2fMECICMXown50Un2R7V9
qG7fBx5iGstWROXTZ8Z0opD/AbLl
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg25RcZ3cnXYz1j178
ixoVwjdDhjmbjf0dMAh92OUC1oGhRANCAAR7FetsqxFlDPVLiRKD1nJ6EEilb+PY
7YmcgcvoHAUAmPHf4QFagBxtEhgE5X9/T2GdgHFs59kTPX3YBFeihHjO
-----END PRIVATE KEY-----
`,
};
