import type { Zone } from '../../../types/zone.ts';
import type { FieldInfo, TimeComparison } from '../database/dialect.ts';
import { mod } from '../database/passes.ts';
import type { PostgresField } from './fields.ts';
import { OID } from './type-oids.ts';
import { parseMicros, wallToMs } from './value-types.ts';

type TimeType = 'timestamp' | 'date' | 'timestamptz';

/** How columns of a time type are compared. Without a field, they are compared as timestamptz. */
export function timeComparison(field: FieldInfo | undefined, zone: Zone): TimeComparison {
  const oid = (field as PostgresField | undefined)?.oid;
  const type: TimeType = oid === OID.timestamp ? 'timestamp' : oid === OID.date ? 'date' : 'timestamptz';
  const now = type === 'timestamptz' ? 'now()' : `(now() AT TIME ZONE '${zone.id === 'Z' ? 'UTC' : zone.id}')`;
  return {
    before: (delayMs) => `${now} - interval '${delayMs} milliseconds'`,
    bound: (placeholder) => `${placeholder}::${type}`,
    toParameter: (micros) => microsText(micros, type, zone),
    toMicros: (text) => {
      const wall = Number(parseMicros(type === 'date' ? `${text} 00:00:00` : text)!);
      return type === 'timestamptz' ? wall : wallToMs(wall, zone) * 1000 + mod(wall, 1000);
    },
  };
}

function microsText(micros: number, type: TimeType, zone: Zone): string {
  const shown = type === 'timestamptz' ? micros : micros + zone.offsetAt(Math.floor(micros / 1000)) * 60_000_000;
  const ms = Math.floor(shown / 1000);
  const iso = new Date(ms).toISOString();
  const text = `${iso.slice(0, 10)} ${iso.slice(11, 19)}.${String(mod(shown, 1_000_000)).padStart(6, '0')}`;
  return type === 'timestamptz' ? `${text}+00` : text;
}
