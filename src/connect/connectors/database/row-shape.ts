import { must } from '../../../base/assert.ts';
import type { Place, TopicDeclaration } from '../../api/connector.ts';
import { UnreadableRow } from '../../api/errors.ts';
import type { OffsetMap, SourceRecord } from '../../api/record.ts';
import { primitive, structOf, type ConnectSchema, type StructSchema } from '../../api/schema.ts';
import { isFiner, tooFine, type FineKeys } from './fine-keys.ts';
import { FieldError, type FieldInfo, type RowReader, type Rows, type TableInfo, type TextRow } from './dialect.ts';
import type { SourceContext } from './source-settings.ts';
import { lossOf } from './loss.ts';
import { fullName } from './table-names.ts';

/** A column contains NULL although the catalog said NOT NULL earlier, so the catalog is asked again. */
export class StaleShape extends Error {}

/** The most characters of a key in a message. */
const KEY_TEXT_MAX = 100;

/** How rows of one shape become records; created once per shape. */
export class RowShape {
  readonly topic: string;
  readonly schema: StructSchema;
  readonly keySchema: ConnectSchema | null;
  readonly fingerprint: string;
  readonly fields: readonly FieldInfo[];
  readonly reader: RowReader;
  /** Positions of the columns of the record's key. */
  readonly keyAt: readonly number[];
  readonly #keyNames: readonly string[];
  readonly #info: TableInfo | undefined;
  readonly #fineKeys: FineKeys;
  /** Key columns whose times may be finer than milliseconds. */
  readonly #fineAt: readonly number[];
  /** Names of key columns whose times stand in the key as the database writes them. */
  readonly #exactKeys: ReadonlySet<string>;
  readonly #remark: ((text: string) => void) | undefined;
  /** Whether a newer row of a key replaces the older one. */
  readonly #isTable: boolean;

  /**
   * `info` is what the catalog knows; undefined for a query, all of whose columns may be NULL. `remark` receives
   * unusual values.
   */
  constructor(
    { dialect, config, settings }: SourceContext,
    topic: string,
    fields: readonly FieldInfo[],
    info: TableInfo | undefined,
    remark?: (text: string) => void,
    fineKeys: FineKeys = 'ms',
  ) {
    this.topic = topic;
    this.#info = info;
    this.fields = fields;
    this.fingerprint = fingerprintOf(fields);
    const { key } = settings;
    const named = key === '' ? undefined : columnNamed(key, fields, !settings.quote);
    const names = named === undefined ? (info?.primaryKey ?? []) : [named];
    const at = names.map((name) => fields.findIndex((f) => f.name === name));
    this.keyAt = at.includes(-1) ? [] : at;
    const isUnique = named === undefined || (info === undefined ? settings.isKeyUnique : info.unique.has(named));
    this.#isTable = this.keyAt.length > 0 && isUnique;
    this.#keyNames = this.keyAt.map((i) => must(fields[i], 'column').name);
    const isFine = (i: number): boolean =>
      must(fields[i], 'column').finerThanMs === true && settings.types.timestamps === 'connect_logical';
    this.#fineAt = this.keyAt.filter(isFine);
    this.#fineKeys = fineKeys;
    this.#exactKeys = new Set(
      fields.flatMap((f, i) => (fineKeys === 'text' && this.#fineAt.includes(i) ? f.name : [])),
    );
    const options = {
      ...settings.types,
      exactKeys: this.#exactKeys,
      ...(remark && {
        remark: (column: string, text: string) => remark(`Column "${column}" of ${this.#what}: ${text}`),
      }),
    };
    this.reader = dialect.reading.rowReader(fields, info?.notNull ?? new Set(), options, config);
    const { schemas } = this.reader;
    this.schema = structOf(
      fields.map((f, i) => ({ name: f.name, schema: must(schemas[i], 'schema') })),
      false,
      info?.name,
    );
    this.#remark = remark;
    const keySchemas = this.keyAt.map((i) =>
      fineKeys === 'text' && isFine(i)
        ? primitive('STRING', must(schemas[i], 'schema').optional)
        : must(schemas[i], 'schema'),
    );
    this.keySchema =
      this.keyAt.length === 0
        ? null
        : this.keyAt.length === 1
          ? must(keySchemas[0], 'schema')
          : structOf(
              this.keyAt.map((i, k) => ({
                name: must(fields[i], 'column').name,
                schema: must(keySchemas[k], 'schema'),
              })),
            );
  }

  declaration(entity: string, place?: Place): TopicDeclaration {
    return {
      topic: this.topic,
      entity,
      keySchema: this.keySchema,
      keyColumns: this.#keyNames,
      isTable: this.#isTable,
      valueSchema: this.schema,
      ...(place && { place }),
      origins: this.fields.map((field, i) => {
        const loss = this.#exactKeys.has(field.name)
          ? undefined
          : lossOf(field, must(this.schema.fields[i], 'column').schema);
        return { name: field.name, type: field.typeName, ...(loss !== undefined && { loss }) };
      }),
      note: this.#isTable
        ? undefined
        : this.keySchema === null
          ? `${entity} has no primary key: it is a stream, since its rows cannot replace each other`
          : `${this.#keyNames[0]} of ${entity} is not unique and NOT NULL: it is a stream, since rows of one key do not replace each other`,
    };
  }

  /** Row i as a record. @throws UnreadableRow naming the column of a value that cannot be read */
  record(rows: Rows, i: number, sourcePartition: OffsetMap, sourceOffset: OffsetMap | null): SourceRecord {
    let value: unknown[];
    let key: unknown;
    try {
      value = this.reader.read(rows, i);
      key = this.keyOf(value, () => rows.text(i));
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      throw this.unreadable(error, rows.text(i), sourcePartition, sourceOffset);
    }
    return {
      topic: this.topic,
      keySchema: this.keySchema,
      key,
      valueSchema: this.schema,
      value,
      timestamp: undefined,
      headers: undefined,
      partition: undefined,
      sourcePartition,
      sourceOffset,
    };
  }

  /** The error of a row, with the failing column and the row's key. */
  unreadable(
    error: FieldError,
    row: TextRow,
    sourcePartition: OffsetMap,
    sourceOffset: OffsetMap | null,
  ): UnreadableRow {
    const column = `Column "${must(this.fields[error.column], 'column').name}" of ${this.#what}`;
    return new UnreadableRow(`${column}: ${error.message}${this.#keyText(row)}`, {
      topic: this.topic,
      sourcePartition,
      sourceOffset,
      row: Object.fromEntries(this.fields.map((f, i) => [f.name, row[i] ?? null])),
      cause: error.cause,
    });
  }

  /** The record's key. `texts` returns the row as texts. @throws FieldError */
  keyOf(value: readonly unknown[], texts: () => TextRow): unknown {
    const { keyAt } = this;
    if (keyAt.length === 0) return null;
    const key = keyAt.map((at) => value[at]);
    // Possible in SQLite's primary keys and in queries: several rows would become one, or none.
    if (this.#isTable)
      for (const [i, at] of keyAt.entries())
        if (key[i] === null)
          throw new FieldError(at, new Error('it is NULL, and a row of a table needs a key: write a value there'));
    if (this.#fineAt.length > 0) this.#makeFine(key, texts());
    return key.length === 1 ? key[0] : key;
  }

  #makeFine(key: unknown[], row: TextRow): void {
    for (const at of this.#fineAt) {
      const text = row[at] ?? null;
      if (this.#fineKeys === 'text') key[this.keyAt.indexOf(at)] = text;
      else if (text !== null && isFiner(text)) {
        if (this.#fineKeys === 'ms') throw new FieldError(at, tooFine(text));
        this.#remark?.(
          `Column "${must(this.fields[at], 'column').name}" of ${this.#what}: keys that differ in microseconds alone are one key, as they were when this connector began. Made anew, with its topics, it writes such keys as text`,
        );
      }
    }
  }

  /** @throws StaleShape when a column that must not be NULL is, in any of the rows */
  checkNulls(rows: Rows): void {
    const column = this.reader.nullAmong(rows);
    if (column !== -1)
      throw new StaleShape(`Column "${must(this.fields[column], 'column').name}" of ${this.#what} is NULL`);
  }

  /** ` (row id=5)`: identifies the row in messages. */
  #keyText(row: TextRow): string {
    return this.keyAt.length === 0
      ? ''
      : ` (row ${this.keyAt.map((at, i) => `${this.#keyNames[i]}=${(row[at] ?? 'NULL').slice(0, KEY_TEXT_MAX)}`).join(', ')})`;
  }

  /** undefined for a query. */
  get table(): TableInfo | undefined {
    return this.#info;
  }

  get #what(): string {
    return this.#info === undefined ? 'the query' : `table ${fullName(this.#info)}`;
  }
}

/** A text that is equal for results with the same columns. */
export function fingerprintOf(fields: readonly FieldInfo[]): string {
  return fields.map((f) => `${f.name}\0${f.type}`).join('\0\0');
}

/**
 * The column of a name: the exact one, otherwise the only one that differs just in case. `isFolded`: for unquoted
 * names, which mean lower case first.
 */
export function columnNamed(name: string, fields: readonly FieldInfo[], isFolded = false): string | undefined {
  const folded = name.toLowerCase();
  if (isFolded && fields.some((f) => f.name === folded)) return folded;
  if (fields.some((f) => f.name === name)) return name;
  const alike = fields.filter((f) => f.name.toLowerCase() === name.toLowerCase());
  return alike.length === 1 ? alike[0]!.name : undefined;
}
