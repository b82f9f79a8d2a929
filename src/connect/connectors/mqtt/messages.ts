import { isUtf8 } from 'node:buffer';
import type { IPublishPacket } from 'mqtt';
import type { StructType } from '../../../types/sql-type.ts';
import type { Config } from '../../api/config-spec.ts';
import { DataError } from '../../api/errors.ts';
import type { ConnectHeader } from '../../api/record.ts';
import { primitive, type ConnectSchema } from '../../api/schema.ts';
import { columnsOf, jsonOf, schemaOf, valuesOf } from '../internal/json-columns.ts';
import { SOURCE } from './source-keys.ts';

export const KEY_SCHEMA = primitive('STRING', false);
const TEXT = primitive('STRING', false);
const BYTES = primitive('BYTES', false);
const WHOLE = primitive('INT32', false);
const FLAG = primitive('BOOLEAN', false);

/** How messages are converted, by the settings. */
export interface Shape {
  readonly format: string;
  readonly columns: StructType | undefined;
  readonly schema: ConnectSchema;
}

export function shapeOf(config: Config): Shape {
  const format = config.get(SOURCE.format).toLowerCase();
  const text = config.get(SOURCE.columns);
  const columns = text === undefined ? undefined : columnsOf(text);
  return { format, columns, schema: columns !== undefined ? schemaOf(columns) : format === 'bytes' ? BYTES : TEXT };
}

/** @throws DataError for a message that does not match the settings */
export function valueOf({ format, columns }: Shape, payload: Buffer): unknown {
  if (format === 'bytes') return payload;
  if (!isUtf8(payload)) throw new DataError('it is no text in UTF-8');
  const text = payload.toString('utf8');
  if (format === 'text') return text;
  const json = jsonOf(text);
  return columns === undefined ? text : valuesOf(columns, json);
}

/** Headers as in Confluent's connector; properties of an MQTT 5 sender under their names. */
export function headersOf({ messageId, qos, retain, dup, properties }: IPublishPacket): ConnectHeader[] {
  const own = Object.entries(properties?.userProperties ?? {}).flatMap(([key, values]) =>
    [values].flat().map((value) => ({ key, schema: TEXT, value })),
  );
  return [
    { key: 'mqtt.message.id', schema: WHOLE, value: messageId ?? 0 },
    { key: 'mqtt.qos', schema: WHOLE, value: qos },
    { key: 'mqtt.retained', schema: FLAG, value: retain },
    { key: 'mqtt.duplicate', schema: FLAG, value: dup },
    ...own,
  ];
}
