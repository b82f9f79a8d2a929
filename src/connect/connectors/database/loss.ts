import { decimalScale, LOGICAL, type ConnectSchema } from '../../api/schema.ts';
import type { FieldInfo } from './dialect.ts';
import { OPEN_NUMERIC } from './numeric-column.ts';

/** Which part of a column's values is lost, as a clause; undefined when nothing is. */
export function lossOf(field: FieldInfo, schema: ConnectSchema): string | undefined {
  if (field.finerThanMs === true && (schema.name === LOGICAL.timestamp || schema.name === LOGICAL.time))
    return 'digits below a millisecond are cut (timestamp.granularity keeps them)';
  if (schema.type !== 'ARRAY') return numericLoss(field.typeName, schema);
  const ofElements = numericLoss(field.typeName.replace(/\[\]$/, ''), schema.items);
  return `lower bounds other than 1 are lost${ofElements === undefined ? '' : `; ${ofElements}`}`;
}

function numericLoss(typeName: string, schema: ConnectSchema): string | undefined {
  // Names of array types do not contain their elements' precision, but the schema does.
  if (schema.name === LOGICAL.decimal && /^numeric$/i.test(typeName) && decimalScale(schema) === OPEN_NUMERIC.scale)
    return 'a value beyond DECIMAL(38, 18) is an error of its row (numeric.mapping)';
  if (schema.type === 'FLOAT64' && /^(?:numeric|decimal)/i.test(typeName))
    return 'digits beyond the fifteenth are rounded (numeric.mapping)';
  return undefined;
}
