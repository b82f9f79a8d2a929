import { must } from '../../../base/assert.ts';

/**
 * URIs as parsed by java.net.URI (RFC 2396 with some amendments). JavaScript's URL normalizes its input (adds slashes,
 * drops default ports, lower-cases) and rejects relative references, so it cannot be used.
 */
export interface Uri {
  readonly scheme: string | null;
  readonly host: string | null;
  /** -1 if there is none. */
  readonly port: number;
  /** Not decoded, like query and fragment. Null in an opaque URI such as `mailto:a@b`. */
  readonly path: string | null;
  readonly query: string | null;
  readonly fragment: string | null;
}

const PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const LEGAL = /^(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,#[\]]|%[0-9A-Fa-f]{2}|[^\0-\x7f])*$/;
const SPACE = /[\s\p{Z}\p{Cc}]/u;
const HOST =
  /^(?:\[[0-9A-Fa-f:.%]+\]|(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?|\d+\.\d+\.\d+\.\d+)$/;

/** Parses a URI; undefined if `text` is not one. */
export function parseUri(text: string): Uri | undefined {
  if (!LEGAL.test(text) || SPACE.test(text)) return undefined;
  const match = PARTS.exec(text);
  if (match === null) return undefined;
  const scheme = match[1] ?? null;
  const authority = match[2];
  const path = must(match[3], 'group 3 of the match');
  const query = match[4] ?? null;
  const fragment = match[5] ?? null;
  if (fragment?.includes('#')) return undefined;
  if (scheme !== null && authority === undefined && !path.startsWith('/')) {
    // Opaque: everything up to the fragment is a single part, which must not be empty.
    if (path === '' && query === null) return undefined;
    return { scheme, host: null, port: -1, path: null, query: null, fragment };
  }
  // A colon in the first segment of a relative path would denote a scheme.
  if (scheme === null && authority === undefined && /^[^/]*:/.test(path)) return undefined;
  const { host, port } = authority === undefined ? { host: null, port: -1 } : splitAuthority(authority);
  return { scheme, host, port, path, query, fragment };
}

/** A registry-based authority (a name that is not a host) has neither host nor port, and is not an error. */
function splitAuthority(authority: string): { host: string | null; port: number } {
  const server = authority.slice(authority.lastIndexOf('@') + 1);
  const match = /^(.*?)(?::(\d*))?$/.exec(server)!;
  const host = match[1]!;
  if (!HOST.test(host)) return { host: null, port: -1 };
  return { host, port: match[2] === undefined || match[2] === '' ? -1 : Number(match[2]) };
}

/** Decodes `%XX` sequences as UTF-8, as java.net.URI's getters do; malformed bytes become U+FFFD. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

/** Encodes like java.net.URLEncoder: application/x-www-form-urlencoded. */
export function formEncode(text: string): string {
  // A lone surrogate is written as a question mark, as by Java's encoder.
  const wellFormed = text.replace(/[\uD800-\uDFFF]/gu, '?');
  return encodeURIComponent(wellFormed).replace(/%20|[!'()~]/g, (c) =>
    c === '%20' ? '+' : `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Decodes like java.net.URLDecoder. Throws for a `%` that is not followed by two hexadecimal digits. */
export function formDecode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  if (/%(?![0-9A-Fa-f]{2})/.test(spaced))
    throw new RangeError(`URLDecoder: Illegal hex characters in escape (%) pattern: ${text}`);
  return decodePercent(spaced);
}
