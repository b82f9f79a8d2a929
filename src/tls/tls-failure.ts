/** The beginnings of Node's error codes for TLS (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CODES =
  /^(?:CERT_|CRL_|DEPTH_ZERO_|EPROTO$|ERR_SSL_|ERR_TLS_|ERROR_IN_C|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_|SELF_SIGNED_|UNABLE_TO_)/;

/**
 * Whether a connection failed because of TLS: the certificate of either side, its host name, or the protocol. Unlike a
 * server that cannot be reached, this does not pass with time.
 */
export function isTlsFailure(error: unknown): boolean {
  return CODES.test(String((error as { readonly code?: unknown } | null)?.code ?? ''));
}
