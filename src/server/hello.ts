/** RFC 8446 sections 4, 4.1.2 and 5.1: types of records and messages, and the length of their headers in bytes. */
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
/** A message that is longer is left to OpenSSL, which refuses it, in bytes. */
const HELLO_MAX = 1 << 17;

/**
 * Whether the first bytes of a TLS connection hold all of the message that a handshake begins with, which may be
 * distributed over several records. `so far`: more is needed; `no`: it is something else.
 */
export function hasHello(seen: Buffer): 'yes' | 'so far' | 'no' {
  let wanted: number | undefined;
  const parts: Buffer[] = [];
  for (let at = 0, found = 0; ;) {
    if (wanted !== undefined && found >= wanted) return 'yes';
    if (at < seen.length && seen.readUInt8(at) !== HANDSHAKE_RECORD) return 'no';
    if (seen.length < at + RECORD_HEADER) return 'so far';
    const length = seen.readUInt16BE(at + 3);
    if (length === 0) return 'no';
    at += RECORD_HEADER;
    const part = seen.subarray(at, at + length);
    at += length;
    found += part.length;
    if (wanted === undefined) {
      parts.push(part);
      if (found >= MESSAGE_HEADER) {
        const header = Buffer.concat(parts);
        wanted = MESSAGE_HEADER + header.readUIntBE(1, 3);
        if (header.readUInt8(0) !== CLIENT_HELLO || wanted > HELLO_MAX) return 'no';
      }
    }
    if (part.length < length && (wanted === undefined || found < wanted)) return 'so far';
  }
}
