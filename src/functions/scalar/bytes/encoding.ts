import { assertNever } from '../../../base/assert.ts';

/** The four encodings of TO_BYTES, FROM_BYTES and ENCODE. */
export type Encoding = 'hex' | 'utf8' | 'ascii' | 'base64';

/** Finds an encoding by its name, in any case. Throws for any other name. */
export function encodingOf(name: string): Encoding {
  const lower = name.toLowerCase();
  if (lower === 'hex' || lower === 'utf8' || lower === 'ascii' || lower === 'base64') return lower;
  throw new RangeError(`Supported input and output encodings are: hex, utf8, ascii and base64, but was: ${name}`);
}

/** Decodes text to bytes. Throws for text that is invalid in the encoding. */
export function decodeText(text: string, encoding: Encoding): Uint8Array {
  switch (encoding) {
    case 'hex': {
      const digits = hexDigits(text);
      if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) throw new RangeError(`Not hexadecimal: ${text}`);
      return Buffer.from(digits, 'hex');
    }
    case 'utf8':
      return Buffer.from(text, 'utf8');
    case 'ascii': {
      const bytes = new Uint8Array(text.length);
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        bytes[i] = code < 128 ? code : 63;
      }
      return bytes;
    }
    case 'base64':
      if (!isBase64(text)) throw new RangeError(`Not base64: ${text}`);
      return Buffer.from(text, 'base64');
    default:
      return assertNever(encoding);
  }
}

/** Whether Java's decoder accepts the text: the padding complete or absent, no single character at the end. */
function isBase64(text: string): boolean {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return false;
  return text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1;
}

/**
 * The digits of hexadecimal text, which may also be written as 0x1a or X'1a'. In the first form a leading zero may be
 * missing.
 */
function hexDigits(text: string): string {
  if (text.startsWith('0x')) return text.length % 2 === 0 ? text.slice(2) : `0${text.slice(2)}`;
  if (/^[xX]'.*'$/.test(text)) return text.slice(2, -1);
  return text;
}

/** Encodes bytes as text; hexadecimal is in lower case. */
export function encodeBytes(bytes: Uint8Array, encoding: Encoding): string {
  switch (encoding) {
    case 'hex':
    case 'base64':
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding);
    case 'utf8':
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    case 'ascii': {
      let text = '';
      for (const byte of bytes) text += byte < 128 ? String.fromCharCode(byte) : '\uFFFD';
      return text;
    }
    default:
      return assertNever(encoding);
  }
}
