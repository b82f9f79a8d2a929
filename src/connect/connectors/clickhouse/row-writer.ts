import type { SinkRecord } from '../../api/record.ts';
import { LOGICAL, WINDOW_BOUND, type ConnectField, type ConnectSchema } from '../../api/schema.ts';
import { jsonWriter } from '../internal/json-writer.ts';
import { DELETED, OFFSET, PARTITION, TOPIC, VERSION, type Table, type TablePlan } from './table.ts';

/** What a row contains in addition to its record. */
export interface RowPlace {
  readonly version: number;
  /** The topic, with its id: a recreated topic is a different one. */
  readonly topic: string;
}

/** How records of one pair of schemas become rows of a table. */
export interface RowWriter {
  readonly columns: readonly string[];
  /** A line of JSONEachRow. @throws DataError */
  line(record: SinkRecord, place: RowPlace): string;
}

type Part = (record: SinkRecord, place: RowPlace) => string;

/** @param isDeleting for records without a value */
export function rowWriter(table: Table, plan: TablePlan, isDeleting: boolean, isPlainKey: boolean): RowWriter {
  const parts: { readonly name: string; readonly part: Part }[] = [];
  const add = (name: string, part: Part): void => {
    if (table.has(name)) parts.push({ name, part });
  };
  const taken = new Set<string>();
  for (const [i, field] of plan.keys.entries()) {
    const write = fieldWriter(field, table.get(field.name) ?? '');
    taken.add(field.name);
    add(field.name, ({ key }) => write(isPlainKey ? key : (key as unknown[] | null)?.[i]));
  }
  if (!isDeleting)
    for (const [i, field] of plan.values.entries()) {
      if (taken.has(field.name)) continue;
      const write = fieldWriter(field, table.get(field.name) ?? '');
      add(field.name, ({ value }) => write((value as unknown[])[i]));
    }
  add(VERSION, (_, place) => String(place.version));
  add(DELETED, () => (isDeleting ? '1' : '0'));
  add(TOPIC, (_, place) => JSON.stringify(place.topic));
  add(PARTITION, ({ partition }) => String(partition));
  add(OFFSET, ({ offset }) => String(offset));
  const heads = parts.map(({ name, part }) => ({ head: `${JSON.stringify(name)}:`, part }));
  return {
    columns: parts.map((p) => p.name),
    line: (record, place) => {
      let line = '{';
      for (const { head, part } of heads) line += (line === '{' ? '' : ',') + head + part(record, place);
      return `${line}}\n`;
    },
  };
}

function fieldWriter({ schema }: ConnectField, column: string): (value: unknown) => string {
  const isTime = schema.name === LOGICAL.timestamp || schema.name === WINDOW_BOUND || schema.name === LOGICAL.time;
  // Times are numbers in numeric columns.
  const write = jsonWriter(schema, { isoTimes: !(isTime && /^(?:Nullable\()?U?Int/.test(column)), compactMaps: true });
  const isText = /^(?:LowCardinality\()?(?:Nullable\()?(?:Fixed)?String/.test(column);
  if (isText && isComposite(schema)) return (value) => (isNull(value) ? 'null' : JSON.stringify(write(value)));
  if (isText && schema.type !== 'STRING')
    return (value) => {
      const text = write(value);
      return text === 'null' || text.startsWith('"') ? text : JSON.stringify(text);
    };
  if (schema.type === 'ARRAY') {
    const { items } = schema;
    const isOfTexts = /^Array\((?:Nullable\()?String/.test(column) && isComposite(items);
    const one = jsonWriter(items, { isoTimes: true, compactMaps: true });
    // An array cannot be NULL.
    return (value) =>
      isNull(value)
        ? '[]'
        : isOfTexts
          ? `[${(value as unknown[]).map((item) => (isNull(item) ? 'null' : JSON.stringify(one(item)))).join(',')}]`
          : write(value);
  }
  return write;
}

const isNull = (value: unknown): value is null | undefined => value === null || value === undefined;
const isComposite = (schema: ConnectSchema): boolean =>
  schema.type === 'STRUCT' || schema.type === 'MAP' || schema.type === 'ARRAY';
