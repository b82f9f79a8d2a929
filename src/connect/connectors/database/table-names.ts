import { must } from '../../../base/assert.ts';
import type { OffsetMap } from '../../api/record.ts';
import type { Dialect, TableName } from './dialect.ts';

export const fullName = (t: TableName): string => (t.schema === undefined ? t.name : `${t.schema}.${t.name}`);

export const quotedName = (dialect: Pick<Dialect, 'quote'>, t: TableName): string =>
  t.schema === undefined ? dialect.quote(t.name) : `${dialect.quote(t.schema)}.${dialect.quote(t.name)}`;

/** `schema.table` or `table`; a dot in a quoted name does not separate. */
export function splitName(text: string): TableName {
  const parts = [...text.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)].map((m) =>
    m[1] === undefined ? must(m[2], 'group 2 of the match') : m[1].replaceAll('""', '"'),
  );
  return parts.length >= 2
    ? { schema: parts.at(-2)!, name: parts.at(-1)! }
    : { schema: undefined, name: parts[0] ?? text };
}

/** The table for the records of a topic: from `topics.to.tables.mapping`, otherwise `table.name.format`. */
export class TableNames {
  readonly #format: string;
  readonly #tables: ReadonlyMap<string, string>;
  readonly #isFolded: boolean;
  readonly #known = new Map<string, string>();

  /** `isFolded`: unquoted names become lower-case, as in SQL. */
  constructor(format: string, mapping: readonly string[], isFolded: boolean) {
    this.#format = format;
    this.#isFolded = isFolded;
    this.#tables = new Map(
      mapping.map((pair) => [pair.slice(0, pair.lastIndexOf(':')), pair.slice(pair.lastIndexOf(':') + 1)]),
    );
  }

  of(topic: string): string {
    let table = this.#known.get(topic);
    if (table === undefined) this.#known.set(topic, (table = this.#named(topic)));
    return table;
  }

  #named(topic: string): string {
    const isFolded = this.#isFolded;
    const shown = topic.includes('.') ? `"${isFolded ? topic.toLowerCase() : topic}"` : topic;
    const name = this.#tables.get(topic) ?? this.#format.replaceAll('${topic}', shown);
    return isFolded ? name.replaceAll(/"(?:[^"]|"")*"|[^"]+/g, (p) => (p.startsWith('"') ? p : p.toLowerCase())) : name;
  }
}

/** A table in a task's settings: `"public"."users"`, whatever quotes the dialect uses. */
export const taskTable = (t: TableName): string =>
  [t.schema, t.name].flatMap((part) => (part === undefined ? [] : `"${part.replaceAll('"', '""')}"`)).join('.');

/** The setting of a task that lists its tables. */
export const TASK_TABLES = 'tables';

/** Reads `"public"."users","public"."orders"`. */
export function tablesOfTask(text: string): TableName[] {
  return [...text.matchAll(/(?:"((?:[^"]|"")*)"\.)?"((?:[^"]|"")*)"/g)].map(([, schema, name]) => ({
    schema: schema?.replaceAll('""', '"'),
    name: name!.replaceAll('""', '"'),
  }));
}

/** The source partition of a table, as Kafka's JDBC source names it. */
export function partitionOf(table: TableName): OffsetMap {
  return { protocol: '1', table: fullName(table) };
}
