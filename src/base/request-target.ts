/**
 * The URL of an HTTP request's target in any form of RFC 9112 section 3.2: origin (`/info?x=1`), absolute
 * (`http://host/info`, whose host is not looked at); dot segments are removed (`/ksql/../info`), `//info` stays a path
 * of its own. Undefined for what names no path: an authority, `*`, nothing. Never throws.
 */
export function requestUrl(target: string | undefined): URL | undefined {
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target ?? '');
  let path = absolute ? target!.slice(absolute[0].length) : (target ?? '');
  if (absolute && !path.startsWith('/')) path = `/${path}`;
  if (!path.startsWith('/')) return undefined;
  try {
    return new URL(`http://localhost${path}`);
  } catch {
    return undefined;
  }
}
