import { getCiphers } from 'node:tls';

/**
 * OpenSSL's name of a Java cipher suite (`TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`), since `ssl.cipher.suites` in Kafka's
 * files has Java's names. OpenSSL's own names are accepted as well; undefined for a suite that OpenSSL does not have.
 */
export function openSslName(suite: string): string | undefined {
  const own = suite.trim();
  const match = /^(?:TLS|SSL)_(?:([A-Z]+)_)?([A-Z]+)_WITH_(.+)$/.exec(own);
  const name =
    match === null ? own : [exchange(match[1], match[2]!), cipher(match[3]!)].filter((p) => p !== '').join('-');
  return getCiphers().includes(name.toLowerCase()) ? name : undefined;
}

/** The key exchange in OpenSSL's names, which omit plain RSA. */
function exchange(first: string | undefined, second: string): string {
  return first === undefined ? (second === 'RSA' ? '' : second) : `${first}-${second}`;
}

/**
 * `AES_128_GCM_SHA256` becomes AES128-GCM-SHA256, `AES_256_CBC_SHA384` becomes AES256-SHA384, and
 * `CHACHA20_POLY1305_SHA256` loses its hash.
 */
function cipher(name: string): string {
  return name
    .replace(/^(AES|CAMELLIA|ARIA)_(\d+)_/, '$1$2_')
    .replace('_CBC_', '_')
    .replace(/^CHACHA20_POLY1305_SHA256$/, 'CHACHA20_POLY1305')
    .replaceAll('_', '-');
}
