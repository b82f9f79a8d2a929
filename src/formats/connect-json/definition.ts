import { SluiceError } from '../../base/errors.ts';
import type { CodecSite, FormatDefinition, RowEncoder } from '../api.ts';
import { TIME_UNITS, type TimeUnit } from '../internal/connect-times.ts';
import { requireStringMapKeys } from '../internal/schema-rules.ts';
import { createJsonEncoder } from '../json/encoder.ts';

import { createConnectJsonDecoder } from './decoder.ts';
import { recordSchemaText } from './schema-text.ts';

export const connectJson: FormatDefinition = {
  name: 'CONNECT_JSON',
  doc: 'JSON as Kafka Connect’s JsonConverter has it. Reads rows with or without an embedded schema and Debezium’s change events (deletes are tombstones), knows Connect’s and Debezium’s decimals and times; writes the schema along, so that sinks can create their tables.',
  schemaInference: false,
  features: ['WRAP_SINGLES'],
  properties: ['timeUnit'],
  keyBytesVary: true,
  validateProperties(properties) {
    unitOf(properties);
  },
  validateSchema(schema) {
    requireStringMapKeys('CONNECT_JSON only supports MAP types with STRING keys', schema);
  },
  createDecoder: (site, wanted) => createConnectJsonDecoder(site, wanted, unitOf(site.info.properties)),
  createEncoder: encoderWithSchema,
};

/** `{"schema":…,"payload":{…}}`: what JsonConverter reads with `schemas.enable=true`. */
function encoderWithSchema(site: CodecSite): RowEncoder {
  const { columns, isKey } = site.schema;
  if (isKey && columns.length === 0) return { encode: () => false };
  const head = Buffer.from(`{"schema":${recordSchemaText(columns, isKey)},"payload":`, 'utf8');
  const payload = createJsonEncoder(site, false);
  return {
    encode(row, offset, out) {
      const start = out.length;
      out.writeBytes(head);
      try {
        payload.encode(row, offset, out);
      } catch (error) {
        out.length = start;
        throw error;
      }
      out.writeByte(125);
      return true;
    },
  };
}

function unitOf(properties: Readonly<Record<string, string>>): TimeUnit {
  const text = properties['timeUnit'];
  if (text === undefined) return 'MILLIS';
  const unit = TIME_UNITS.find((u) => u === text.toUpperCase());
  if (unit === undefined)
    throw new SluiceError('STATEMENT', `Invalid time unit: '${text}'. Use one of: ${TIME_UNITS.join(', ')}`);
  return unit;
}
