import { must } from './assert.ts';

/** What a table of routes has of each: `:name` in the path stands for one segment. */
export interface RoutePattern {
  readonly method: string;
  /** `/status/:type/:entity` */
  readonly path: string;
}

export type Routed<R> =
  | {
      readonly kind: 'FOUND';
      readonly route: R;
      /** The segments that names stand for, decoded, in their order. */
      readonly values: readonly string[];
      /** The same by name. */
      readonly params: Readonly<Record<string, string>>;
    }
  /** The path is there, for other methods. */
  | { readonly kind: 'OTHER_METHOD' }
  | { readonly kind: 'UNKNOWN' };

interface Split<R> {
  readonly route: R;
  readonly segments: readonly string[];
}

/** A table of routes of a REST API. */
export class Routes<R extends RoutePattern> {
  readonly #routes: readonly Split<R>[];

  constructor(routes: readonly R[]) {
    this.#routes = routes.map((route) => ({ route, segments: segmentsOf(route.path) }));
  }

  /** `path`: percent-encoded, without a query; slashes at its end do not count. HEAD asks as GET does. */
  find(method: string, path: string): Routed<R> {
    const have = segmentsOf(path);
    let isKnown = false;
    for (const { route, segments } of this.#routes) {
      if (!matches(segments, have)) continue;
      isKnown = true;
      if (route.method !== method && !(method === 'HEAD' && route.method === 'GET')) continue;
      const named = segments.flatMap((segment, i) =>
        segment.startsWith(':') ? [[segment.slice(1), decoded(must(have[i], 'segment'))] as const] : [],
      );
      return { kind: 'FOUND', route, values: named.map(([, value]) => value), params: Object.fromEntries(named) };
    }
    return { kind: isKnown ? 'OTHER_METHOD' : 'UNKNOWN' };
  }
}

function segmentsOf(path: string): readonly string[] {
  return path.replace(/\/+$/, '').split('/');
}

function matches(wanted: readonly string[], have: readonly string[]): boolean {
  return (
    wanted.length === have.length &&
    wanted.every((segment, i) => (segment.startsWith(':') ? have[i] !== '' : segment === have[i]))
  );
}

/** What is not encoded as it should be stands for itself. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
