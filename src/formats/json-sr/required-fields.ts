import { JsonObject, type Json } from '../../types/json-text.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { fieldFor } from '../internal/field-names.ts';

type Field = { readonly name: string; readonly type: SqlType };
type Check = (values: readonly unknown[], offset: number) => void;

/**
 * Rejects rows that lack a field that a schema requires, as Connect's Struct does, because readers would reject the
 * record. Undefined if nothing is required, as in the schemas derived from columns. Schemas behind a `$ref` are not
 * examined.
 */
export function requiredCheck(schema: Json | undefined, columns: readonly Field[]): Check | undefined {
  if (!(schema instanceof JsonObject)) return undefined;
  const properties = schema.get('properties');
  if (!(properties instanceof JsonObject)) return undefined;
  const required = schema.get('required');
  const steps = properties.keys.flatMap((name, i) => {
    const property = properties.values[i];
    const at = fieldFor(name, columns);
    const type = columns[at]?.type;
    const inner = type?.kind === 'STRUCT' ? requiredCheck(property, type.fields) : undefined;
    const isRequired = Array.isArray(required) && required.includes(name) && !takesNull(property);
    return isRequired || inner !== undefined ? [{ name, at, inner, isRequired }] : [];
  });
  if (steps.length === 0) return undefined;
  return (values, offset) => {
    for (const { name, at, inner, isRequired } of steps) {
      const value = at === -1 ? null : values[offset + at];
      if (value !== null && value !== undefined) inner?.(value as readonly unknown[], 0);
      else if (isRequired) throw new Error(`Invalid value: null used for required field: "${name}"`);
    }
  };
}

function takesNull(property: Json | undefined): boolean {
  if (!(property instanceof JsonObject)) return true;
  const type = property.get('type');
  if (type === 'null' || (Array.isArray(type) && type.includes('null'))) return true;
  const sum = property.get('oneOf') ?? property.get('anyOf');
  if (Array.isArray(sum)) return sum.some(takesNull);
  // Without a type, or with a reference, it cannot be decided here.
  return type === undefined;
}
