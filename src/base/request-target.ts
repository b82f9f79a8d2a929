/** The parts of a request's target. */
export type RequestUrl = Pick<URL, 'pathname' | 'search' | 'searchParams'>;

/** A path that needs neither decoding nor normalizing and is followed by nothing. */
const PLAIN_PATH = /^\/[\w/-]*$/;

/**
 * The URL of an HTTP request's target in any form of RFC 9112 section 3.2: origin form (`/info?x=1`) or absolute form
 * (`http://host/info`, whose host is ignored). Dot segments are removed (`/ksql/../info`); `//info` remains a path of
 * its own. Undefined for a target without a path: an authority, `*`, nothing. Never throws.
 */
export function requestUrl(target: string | undefined): RequestUrl | undefined {
  // Most targets are plain, and parsing a URL takes a fifth of the time that Node takes for a whole request.
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
