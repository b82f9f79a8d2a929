import type { FileIn } from '../../api/connector.ts';

interface Parameter {
  /** As written in the URL. */
  readonly name: string;
  readonly value: string;
}

/**
 * The parameters after `?` in a URL, whose names drivers spell differently: `ssl-ca`, `ssl_ca` and `sslCa` are
 * equivalent.
 */
export class UrlParameters {
  readonly #found = new Map<string, Parameter[]>();

  constructor(query: string) {
    for (const [name, value] of new URLSearchParams(query)) {
      const same = this.#found.get(spelt(name));
      if (same === undefined) this.#found.set(spelt(name), [{ name, value }]);
      else same.push({ name, value });
    }
  }

  /** The value of the first of these that is present. Names are in lower case, without `-`, `_` and `.`. */
  get(...names: readonly string[]): string | undefined {
    return this.#first(names)?.value;
  }

  /** Its name as written. */
  written(...names: readonly string[]): string | undefined {
    return this.#first(names)?.name;
  }

  /** Every parameter by its name in lower case, without `-`, `_` and `.`. */
  get all(): readonly (readonly [name: string, parameter: Parameter])[] {
    return [...this.#found].flatMap(([name, same]) => same.map((parameter) => [name, parameter] as const));
  }

  /** Two spellings of the same parameter with different values, of which neither can be preferred. */
  twice(...names: readonly string[]): string | undefined {
    const [first, ...others] = names.flatMap((name) => this.#found.get(name) ?? []);
    const other = others.find(({ value }) => value !== first?.value);
    return other && `The URL says ${first!.name} and ${other.name}, which are one: say it once`;
  }

  #first(names: readonly string[]): Parameter | undefined {
    for (const name of names) {
      const found = this.#found.get(name)?.[0];
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

const spelt = (name: string): string => name.toLowerCase().replaceAll(/[-_.]/g, '');

/**
 * A file in a parameter of `connection.url`, for the worker's check whether it may be used.
 * @param isFile false for a value that is not a path although it is in the place of one
 */
export function fileInUrl(names: readonly string[], isFile: (value: string) => boolean = () => true): FileIn {
  return {
    key: 'connection.url',
    path: (url) => {
      const query = /\?(.*)$/s.exec(url)?.[1] ?? '';
      const value = new UrlParameters(query).get(...names);
      return value !== undefined && isFile(value) ? value : undefined;
    },
    put: (file, url) =>
      url.replaceAll(/([?&])([^=&]+)=[^&]*/g, (whole, before: string, name: string) =>
        [...new URLSearchParams(`${name}=`).keys()].some((n) => names.includes(spelt(n)))
          ? `${before}${name}=${encodeURIComponent(file)}`
          : whole,
      ),
  };
}

/** Whether a name, as in `UrlParameters`, concerns TLS. */
export const isAboutTls = (name: string): boolean =>
  /ssl|tls|truststore|keystore|cipher|certificate|channelbinding|gssenc/.test(name);

/** The error for a parameter that would silently have no effect although a user relies on it. */
export const withoutEffect = (name: string, instead: string): string =>
  `${name} of the URL has no effect here: TLS is said by ${instead}`;
