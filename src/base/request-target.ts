/** What a request's target names. */
export type RequestUrl = Pick<URL, 'pathname' | 'search' | 'searchParams'>;

/** A path that stands for itself: nothing in it is to be decoded or removed, and nothing is behind it. */
const PLAIN_PATH = /^\/[\w/-]*$/;

/**
 * The URL of an HTTP request's target in any form of RFC 9112 section 3.2: origin (`/info?x=1`), absolute
 * (`http://host/info`, whose host is not looked at); dot segments are removed (`/ksql/../info`), `//info` stays a path
 * of its own. Undefined for what names no path: an authority, `*`, nothing. Never throws.
 */
export function requestUrl(target: string | undefined): RequestUrl | undefined {
  // Most are so, and a URL takes a fifth of what Node takes for a whole request.
  if (target !== undefined && PLAIN_PATH.test(target)) return new PlainPath(target);
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

class PlainPath implements RequestUrl {
  readonly pathname: string;
  readonly search = '';

  constructor(pathname: string) {
    this.pathname = pathname;
  }

  get searchParams(): URLSearchParams {
    return new URLSearchParams();
  }
}
