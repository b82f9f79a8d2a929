import { DataError } from '../api/errors.ts';
import { required } from './side.ts';
import type { StructSchema } from '../api/schema.ts';

/**
 * Matches the field names in settings with existing fields: exactly, or else with the only field that differs only in
 * case. Maps existing names to the names in the settings, and omits names without a field.
 * @throws DataError listing the fields when a name is ambiguous
 */
export function namedFields(wanted: Iterable<string>, fields: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of wanted) {
    if (fields.includes(name)) {
      found.set(name, name);
      continue;
    }
    const alike = fields.filter((f) => f.toLowerCase() === name.toLowerCase());
    if (alike.length > 1)
      throw new DataError(`Field ${name} may be ${alike.join(' or ')}: name it in its own case. ${listed(fields)}`);
    if (alike.length === 1) found.set(alike[0]!, name);
  }
  return found;
}

/** Like `namedFields`, but at least one field must exist. @throws DataError listing the fields */
export function someFields(wanted: readonly string[], fields: readonly string[]): Map<string, string> {
  const found = namedFields(wanted, fields);
  if (found.size === 0 && wanted.length > 0) throw unknownField(wanted, fields);
  return found;
}

/** The name of a single field. @throws DataError listing the fields */
export function oneField(wanted: string, fields: readonly string[], sentence = 'Unknown field'): string {
  const [name] = namedFields([wanted], fields).keys();
  if (name === undefined) throw unknownField([wanted], fields, sentence);
  return name;
}

function unknownField(wanted: readonly string[], fields: readonly string[], sentence = 'Unknown field'): DataError {
  return new DataError(`${sentence}: ${wanted.join(', ')}. ${listed(fields)}`);
}

function listed(fields: readonly string[]): string {
  return `The fields are ${fields.join(', ')}`;
}

/** The names of a struct's fields. */
export const namesOf = (struct: StructSchema): string[] => struct.fields.map((f) => f.name);

/** The name of a field in a record without a schema; the wanted name if there is no such field. */
export function schemaless(name: string, from: Readonly<Record<string, unknown>>): string {
  return name in from ? name : (namedFields([name], Object.keys(from)).keys().next().value ?? name);
}

/** The setting of transforms that name one field. */
export const FIELD = { field: required('field', 'Name of the field.') };
