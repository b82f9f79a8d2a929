import type { Entity } from '../../wire/entities.ts';
import { fieldsOf, listOf } from './fields.ts';
import { rowPrinter } from './rows.ts';

/** Fields of every entity. */
const COMMON: ReadonlySet<string> = new Set(['@type', 'statementText', 'warnings']);

/**
 * A listing as CSV: one line per item, with columns named as in JSON, and lists and objects as JSON. Undefined for
 * results that are not listings, such as those of CREATE or DESCRIBE. `isTerminal`: as for rows.
 */
export function entityCsv(entity: Entity, isTerminal = false): string | undefined {
  const parts = Object.entries(entity).filter(([name, value]) => !COMMON.has(name) && typeof value === 'object');
  const [only] = parts;
  if (parts.length !== 1 || only === undefined) return undefined;
  const items = Array.isArray(only[1]) ? listOf(only[1]) : undefined;
  if (items === undefined) return undefined;
  const names = [...new Set(items.flatMap((item) => Object.keys(fieldsOf(item))))];
  // Without columns, as in an empty list, there is no header either.
  if (names.length === 0) return '';
  const rows = items.map((item) => JSON.stringify(names.map((name) => item[name] ?? null)));
  return rowPrinter('csv', names, [], Number.POSITIVE_INFINITY, 0, undefined, isTerminal).print(rows).trimEnd();
}
