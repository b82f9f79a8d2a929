import { LOGICAL, type ConnectSchema } from '../../api/schema.ts';
import type { FieldInfo } from './dialect.ts';

/** What of a column's values does not arrive: a clause; undefined where all does. */
export function lossOf(field: FieldInfo, schema: ConnectSchema): string | undefined {
  if (field.finerThanMs === true && (schema.name === LOGICAL.timestamp || schema.name === LOGICAL.time))
    return 'digits below a millisecond are cut (timestamp.granularity keeps them)';
  if (schema.type === 'ARRAY') return 'lower bounds other than 1 are lost';
  if (schema.name === LOGICAL.decimal && /^numeric$/i.test(field.typeName))
    return 'a value beyond DECIMAL(38, 18) is an error of its row (numeric.mapping)';
  if (schema.type === 'FLOAT64' && /^(?:numeric|decimal)/i.test(field.typeName))
    return 'digits beyond the fifteenth are rounded (numeric.mapping)';
  return undefined;
}
