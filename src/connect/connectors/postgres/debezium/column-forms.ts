import type { ConnectSchema } from '../../../api/schema.ts';
import type { TableName } from '../../database/dialect.ts';
import type { PostgresField } from '../fields.ts';
import { typeForm, type PostgresType, type TypeForm } from './column-types.ts';
import { defaultOf } from './default-values.ts';
import { secondDigits } from './time-values.ts';
import type { FormSettings } from './form-settings.ts';
import type { TableColumns } from './table-columns.ts';

/** How the values of a column are converted for a row. */
export interface ColumnForm extends Omit<TypeForm, 'zero'> {
  /** The value if none is known: NULL, or a substitute if the column is NOT NULL. */
  readonly missing: unknown;
}

/** The forms of a table's columns, by position; undefined: the column is omitted. */
export function columnForms(
  table: TableName,
  fields: readonly PostgresField[],
  known: TableColumns,
  settings: FormSettings,
): readonly (ColumnForm | undefined)[] {
  return fields.map((field) => {
    if (!settings.columns.has(table, field.name)) return undefined;
    const type = known.types.get(field.oid);
    if (type === undefined) return undefined;
    const own = typeForm({ ...type, modifier: field.modifier }, settings.types);
    return own && columnForm(table, field, own, known, settings, { ...type, modifier: field.modifier });
  });
}

function columnForm(
  table: TableName,
  field: PostgresField,
  own: TypeForm,
  known: TableColumns,
  { columns }: FormSettings,
  type: PostgresType,
): ColumnForm {
  const found = known.byName.get(field.name);
  const form = columns.changed(table, field.name, own);
  const optional = found?.notNull !== true;
  // If a column is masked, its default is masked too. The default of a domain is not read.
  const byDefault =
    form === own && found?.typeName === type.name ? defaultOf(found.default, kindOf(type), own) : undefined;
  const propagatesType = columns.propagatesType(table, field.name, type.name);
  const schema: ConnectSchema = {
    ...form.schema,
    optional,
    ...(propagatesType && { parameters: { ...form.schema.parameters, ...sourceType(field.name, type) } }),
    ...(byDefault !== undefined && { default: byDefault }),
  };
  return {
    schema,
    parse: form.parse,
    read: form.read,
    placeholder: form.placeholder,
    missing: form.ofNull ?? (optional ? null : (byDefault ?? form.zero)),
  };
}

const kindOf = (type: PostgresType): string => (type.labels === undefined ? type.name : 'enum');

/** `__debezium.source.column.*`: name, length and scale of the type as reported by the JDBC driver. */
function sourceType(column: string, { name, modifier }: PostgresType): Record<string, string> {
  return {
    '__debezium.source.column.type': name.toUpperCase(),
    '__debezium.source.column.length': String(lengthOf(name, modifier)),
    '__debezium.source.column.scale': String(scaleOf(name, modifier)),
    '__debezium.source.column.name': column,
  };
}

const UNBOUNDED = 2_147_483_647;
const LENGTHS: Readonly<Record<string, number>> = {
  bool: 1,
  char: 1,
  int2: 5,
  int4: 10,
  int8: 19,
  oid: 10,
  float4: 8,
  float8: 17,
  date: 13,
  interval: 49,
};
/** Characters of the text without a fraction of a second. */
const CLOCKS: Readonly<Record<string, number>> = { time: 8, timetz: 14, timestamp: 22, timestamptz: 28 };

function lengthOf(name: string, modifier: number): number {
  const clock = CLOCKS[name];
  if (clock !== undefined) {
    const digits = secondDigits(modifier);
    return clock + (digits === 0 ? 0 : Math.max(digits, 2) + 1);
  }
  switch (name) {
    case 'numeric':
      return modifier < 4 ? 0 : ((modifier - 4) >> 16) & 0xffff;
    case 'varchar':
    case 'bpchar':
      return modifier < 4 ? UNBOUNDED : modifier - 4;
    case 'bit':
    case 'varbit':
      return modifier < 0 ? UNBOUNDED : modifier;
    default:
      return LENGTHS[name] ?? UNBOUNDED;
  }
}

function scaleOf(name: string, modifier: number): number {
  if (CLOCKS[name] !== undefined) return secondDigits(modifier);
  return name === 'numeric' && modifier >= 4 ? (modifier - 4) & 0x7ff : 0;
}
