import type { TableName } from '../../database/dialect.ts';

/** How names are adjusted for Avro: `schema.name.adjustment.mode`, `field.name.adjustment.mode`. */
export type Adjustment = 'none' | 'avro' | 'avro_unicode';

/** The name of a table's topic; characters that Kafka does not permit are replaced by `_`. */
export function topicName(prefix: string, delimiter: string, { schema, name }: TableName): string {
  return [prefix, ...(schema === undefined ? [] : [schema]), name].join(delimiter).replaceAll(/[^A-Za-z0-9._-]/g, '_');
}

/** A schema name: letters, digits, dots and underscores, without a leading digit. */
export function schemaName(name: string, mode: Adjustment): string {
  return adjusted(name, mode, /[A-Za-z_.]/, /[A-Za-z0-9_.]/);
}

/** A field name: like a schema name, but without dots. */
export function fieldName(name: string, mode: Adjustment): string {
  return adjusted(name, mode, /[A-Za-z_]/, /[A-Za-z0-9_]/);
}

function adjusted(name: string, mode: Adjustment, first: RegExp, others: RegExp): string {
  if (mode === 'none') return name;
  // By UTF-16 code units, as in Java.
  return Array.from({ length: name.length }, (_, i) => {
    const c = name[i]!;
    if (mode === 'avro_unicode')
      return c !== '_' && (i === 0 ? first : others).test(c) ? c : `_u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
    if ((i === 0 ? first : others).test(c)) return c;
    return i === 0 && others.test(c) ? `_${c}` : '_';
  }).join('');
}
