import { must } from '../../base/assert.ts';
import type { Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';

/**
 * Debezium's placeholder for a value that the database did not send: a large (TOAST) value that an UPDATE left
 * unchanged, in a table whose replica identity is not FULL. It is the default of `unavailable.value.placeholder`.
 */
const PLACEHOLDER = '__debezium_unavailable_value';
const PLACEHOLDER_BYTES = Buffer.from(PLACEHOLDER);

/** A column, or a field of a STRUCT, that may hold the placeholder. */
export interface MaybeUnavailable {
  readonly name: string;
  /** Position in the row or the STRUCT. */
  readonly at: number;
  readonly isPlaceholder: (value: unknown) => boolean;
  /** Fields of a STRUCT that may hold the placeholder. */
  readonly fields?: readonly MaybeUnavailable[];
}

const NEVER = (): boolean => false;

/**
 * The columns that may hold the placeholder. `places`: their positions in the row, -1 for columns that are not read.
 */
export function maybeUnavailable(
  columns: readonly { readonly name: string; readonly type: SqlType }[],
  places: readonly number[],
): MaybeUnavailable[] {
  return columns.flatMap(({ name, type }, i): MaybeUnavailable[] => {
    const at = must(places[i], 'place');
    if (at < 0) return [];
    if (type.kind === 'STRUCT') {
      const inner = type.fields.map((f) => ({ name: `${name}->${f.name}`, type: f.type }));
      const fields = maybeUnavailable(inner, [...inner.keys()]);
      return fields.length === 0 ? [] : [{ name, at, isPlaceholder: NEVER, fields }];
    }
    const isPlaceholder = placeholderOf(type);
    return isPlaceholder === undefined ? [] : [{ name, at, isPlaceholder }];
  });
}

function placeholderOf(type: SqlType): MaybeUnavailable['isPlaceholder'] | undefined {
  switch (type.kind) {
    case 'STRING':
      return (value) => value === PLACEHOLDER;
    case 'BYTES':
      return (value) => value instanceof Uint8Array && PLACEHOLDER_BYTES.equals(value);
    case 'ARRAY': {
      const ofElement = placeholderOf(type.element);
      return ofElement && ((value) => Array.isArray(value) && value.length === 1 && ofElement(value[0]));
    }
    case 'MAP':
      return (value) => value instanceof Map && value.size === 1 && value.has(PLACEHOLDER);
    default:
      return undefined;
  }
}

/**
 * Replaces placeholders by the value of the previous row, or by NULL where it is unknown, which is reported once per
 * column.
 */
export class UnavailableValues {
  readonly #columns: readonly MaybeUnavailable[];
  readonly #report: (message: string, row: Row) => void;
  readonly #reported = new Set<string>();

  constructor(columns: readonly MaybeUnavailable[], report: (message: string, row: Row) => void) {
    this.#columns = columns;
    this.#report = report;
  }

  /**
   * `before` returns the previous row of the key. It is called only when there is a placeholder; absent for streams.
   */
  replace(row: Row, before?: () => Row | null): void {
    this.#replaceIn(row, this.#columns, before, row);
  }

  /** `holder` is the row or a STRUCT in it; `before` is the same part of the previous row. */
  #replaceIn(
    holder: unknown[],
    columns: readonly MaybeUnavailable[],
    before: (() => readonly unknown[] | null) | undefined,
    row: Row,
  ): void {
    let known: readonly unknown[] | null | undefined;
    for (let i = 0; i < columns.length; i++) {
      const { at, isPlaceholder, name, fields } = columns[i]!;
      const value = holder[at];
      if (fields !== undefined) {
        if (Array.isArray(value) && hasPlaceholder(value, fields)) {
          const inner = (): readonly unknown[] | null => (before?.()?.[at] ?? null) as readonly unknown[] | null;
          this.#replaceIn(value, fields, inner, row);
        }
        continue;
      }
      if (!isPlaceholder(value)) continue;
      known ??= before?.() ?? null;
      holder[at] = known?.[at] ?? null;
      if (known !== null || this.#reported.has(name)) continue;
      this.#reported.add(name);
      this.#report(
        `Column ${name}: the database did not send the value, since it did not change, and the value that it had is not known here: it is NULL. ` +
          'ALTER TABLE … REPLICA IDENTITY FULL in the database makes it send all values. MessageText once for each column.',
        row,
      );
    }
  }
}

const hasPlaceholder = (struct: readonly unknown[], fields: readonly MaybeUnavailable[]): boolean =>
  fields.some(({ at, isPlaceholder, fields: inner }) => {
    const value = struct[at];
    return inner === undefined ? isPlaceholder(value) : Array.isArray(value) && hasPlaceholder(value, inner);
  });
