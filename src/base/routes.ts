import { must } from './assert.ts';
import { nearest } from './suggest.ts';

/** An entry of a table of routes. `:name` in the path stands for one segment. */
export interface RoutePattern {
  readonly method: string;
  /** `/status/:type/:entity` */
  readonly path: string;
}

export type Routed<R> =
  | {
      readonly kind: 'FOUND';
      readonly route: R;
      /** The decoded segments that stand at the names, in order. */
      readonly values: readonly string[];
      /** The same segments by name. */
      readonly params: Readonly<Record<string, string>>;
    }
  /** The path exists for other methods only: `GET`, `PUT`, in the order of the table. */
  | { readonly kind: 'OTHER_METHOD'; readonly methods: readonly string[] }
  /** `near`: the route that was probably meant, such as `POST /query-stream`. */
  | { readonly kind: 'UNKNOWN'; readonly near: string | undefined };

interface Split<R> {
  readonly route: R;
  readonly segments: readonly string[];
}

/** A table of routes of a REST API. */
export class Routes<R extends RoutePattern> {
  readonly #routes: readonly Split<R>[];
  /** Results for paths without parameters, by path and method. */
  readonly #known = new Map<string, Map<string, Routed<R>>>();

  constructor(routes: readonly R[]) {
    this.#routes = routes.map((route) => ({ route, segments: segmentsOf(route.path) }));
    for (const { method, path } of routes) {
      if (path.includes('/:')) continue;
      const known = this.#known.get(path) ?? new Map<string, Routed<R>>();
      this.#known.set(path, known.set(method, this.#lookUp(method, path)));
    }
  }

  /** `path` is percent-encoded and has no query; trailing slashes are ignored. HEAD is looked up as GET. */
  find(method: string, path: string): Routed<R> {
    return this.#known.get(path)?.get(method) ?? this.#lookUp(method, path);
  }

  #lookUp(method: string, path: string): Routed<R> {
    const have = segmentsOf(path);
    const methods: string[] = [];
    for (const { route, segments } of this.#routes) {
      if (!matches(segments, have)) continue;
      if (route.method !== method && !(method === 'HEAD' && route.method === 'GET')) {
        methods.push(route.method);
        continue;
      }
      const named = segments.flatMap((segment, i) =>
        segment.startsWith(':') ? [[segment.slice(1), decoded(must(have[i], 'segment'))] as const] : [],
      );
      return { kind: 'FOUND', route, values: named.map(([, value]) => value), params: Object.fromEntries(named) };
    }
    return methods.length > 0 ? { kind: 'OTHER_METHOD', methods } : { kind: 'UNKNOWN', near: this.#near(method, have) };
  }

  /** The route, with its method, whose path is spelled similarly or is the end of this one (`/v1/ksql`). */
  #near(method: string, have: readonly string[]): string | undefined {
    const asked = have.join('/');
    const same: { readonly method: string; readonly path: string }[] = [];
    const ends: typeof same = [];
    for (const { route, segments } of this.#routes) {
      const path = segments.map((s, i) => (s.startsWith(':') ? (have[i] ?? '') : s)).join('/');
      if (segments.length === have.length) same.push({ method: route.method, path });
      else if (
        path !== '' &&
        segments.length < have.length &&
        asked.endsWith(path) &&
        !segments.some((s) => s.startsWith(':'))
      )
        ends.push({ method: route.method, path });
    }
    const path =
      nearest(
        asked,
        same.map((s) => s.path),
      ) ?? ends[0]?.path;
    if (path === undefined) return undefined;
    const methods = [...same, ...ends].filter((s) => s.path === path).map((s) => s.method);
    return `${methods.includes(method) ? method : must(methods[0], 'method')} ${path}`;
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

/** An invalid percent-encoding is taken literally. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
