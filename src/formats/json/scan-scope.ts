import { must } from '../../base/assert.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { asciiText } from '../internal/ascii-text.ts';
import { coercerFor, type CoerceOptions, type Coercer } from './coerce.ts';
import { INSIDE_STRING, JsonReader, PLAIN } from './json-reader.ts';
import { StringCache } from './string-cache.ts';

export interface Column {
  readonly name: string;
  readonly type: SqlType;
}

/**
 * The functions that generated source calls for values that are not the common case; positions are passed through `at`.
 */
export class ScanHelp {
  /**
   * The position after what was last read; -1 if it could not be parsed or did not fit, which the general parser must
   * report.
   */
  at = 0;
  readonly #reader = new JsonReader();
  readonly #coercers: readonly (Coercer | undefined)[];

  constructor(columns: readonly Column[], wanted: readonly number[], options: CoerceOptions) {
    this.#coercers = columns.map((c, i) => (must(wanted[i], 'place') < 0 ? undefined : coercerFor(c.type, options)));
  }

  /** Reads any value at `i` for a column. */
  value(bytes: Uint8Array, i: number, to: number, column: number): unknown {
    const reader = this.#reader;
    reader.reset(bytes, i, to);
    try {
      const value = this.#coercers[column]!(reader.readValue());
      this.at = reader.pos;
      return value;
    } catch {
      this.at = -1;
      return null;
    }
  }

  /** Skips any value. Returns the position after it, or -1 if it is not JSON. */
  skip(bytes: Uint8Array, i: number, to: number): number {
    const reader = this.#reader;
    reader.reset(bytes, i, to);
    try {
      reader.skipValue();
    } catch {
      return -1;
    }
    return reader.pos;
  }
}

/** Exact doubles: the quotient of two of them is correctly rounded. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** The constants that generated scanners refer to by name. One scope serves all scanners of a decoder. */
export interface ScanScope {
  readonly help: ScanHelp;
  readonly PLAIN: Uint8Array;
  readonly INSIDE: Uint8Array;
  readonly POW10: Float64Array;
  readonly caches: readonly (StringCache | undefined)[];
  readonly asciiText: typeof asciiText;
}

export function scanScope(columns: readonly Column[], wanted: readonly number[], options: CoerceOptions): ScanScope {
  return {
    help: new ScanHelp(columns, wanted, options),
    PLAIN,
    INSIDE: INSIDE_STRING,
    POW10: POWERS_OF_TEN,
    caches: columns.map((c, i) =>
      must(wanted[i], 'place') >= 0 && c.type.kind === 'STRING' ? new StringCache() : undefined,
    ),
    asciiText,
  };
}

/** Compiles `source`, which returns a function, with the names of the scope and some additional ones. */
export function compileScanner<T>(source: string, scope: ScanScope, more: Readonly<Record<string, unknown>>): T {
  const names = { ...scope, ...more };
  return new Function(...Object.keys(names), source)(...Object.values(names)) as T;
}
