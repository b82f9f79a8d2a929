import { SluiceError } from '../base/errors.ts';
import type { Source } from '../catalog/source.ts';
import { JsonObject, parseJson, type Json } from '../types/json-text.ts';
import { coerceJson } from '../types/literal-coerce.ts';
import type { Column } from '../types/schema.ts';
import { formatType } from '../types/sql-type.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';
import { insertTarget, writeRow } from './statements/insert-values.ts';

/** Rows as JSON objects into one stream or table: what /inserts-stream does. */
export interface RowTarget {
  /** Resolves when the row is committed. @throws SluiceError BAD_REQUEST for a row that does not fit */
  insert(line: string): Promise<void>;
}

/** @throws SluiceError REJECTED for an unknown, read-only or windowed target */
export function openRowTarget(written: string, services: Services, session: Session): RowTarget {
  if (!session.config(services.config).boolean('ksql.insert.into.values.enabled')) {
    throw new SluiceError(
      'BAD_REQUEST',
      "The server has disabled INSERT INTO ... VALUES functionality. To enable it, restart your ksqlDB server with 'ksql.insert.into.values.enabled'=true",
    );
  }
  const source = insertTarget(services.catalog.current, unquoted(written), undefined, services);
  return {
    async insert(line) {
      const row = parseRow(line);
      const values = new Map<string, unknown>();
      for (const column of [...source.schema.key, ...source.schema.value])
        values.set(column.name, valueOf(row, column, source));
      await writeRow(source, (column) => values.get(column.name) ?? null, services.env.clock.nowMs(), services);
    },
  };
}

/** A name as identifiers are read: upper-cased unless back-quoted. */
function unquoted(name: string): string {
  return /^`.*`$/s.test(name) ? name.slice(1, -1).replaceAll('``', '`') : name.toUpperCase();
}

function parseRow(line: string): JsonObject {
  let json: Json;
  try {
    json = parseJson(line);
  } catch {
    throw new SluiceError('BAD_REQUEST', 'Invalid JSON in inserts stream');
  }
  if (!(json instanceof JsonObject)) throw new SluiceError('BAD_REQUEST', 'Invalid JSON in inserts stream');
  return json;
}

function valueOf(row: JsonObject, column: Column, source: Source): unknown {
  let json: Json | undefined;
  for (const [name, value] of row.fields) if (unquoted(name) === column.name) json = value;
  if (json === undefined) {
    if (column.role === 'KEY') throw new SluiceError('BAD_REQUEST', `Key field must be specified: ${column.name}`);
    return null;
  }
  if (column.role === 'HEADERS')
    throw new SluiceError('BAD_REQUEST', `Cannot insert into HEADER columns: ${column.name}`);
  if (json === null && column.role === 'KEY' && source.kind === 'TABLE')
    throw new SluiceError('BAD_REQUEST', `Key field must be specified: ${column.name}`);
  const coerced = coerceJson(json, column.type);
  if (!coerced)
    throw new SluiceError(
      'BAD_REQUEST',
      `Can't coerce a field of type ${jsonType(json)} into type ${formatType(column.type)}`,
    );
  return coerced.value;
}

function jsonType(json: Json): string {
  if (json === null) return 'null';
  if (typeof json === 'string' || typeof json === 'boolean') return typeof json;
  return Array.isArray(json) ? 'array' : json instanceof JsonObject ? 'object' : 'number';
}
