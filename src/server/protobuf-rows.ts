import { ByteWriter } from '../base/byte-writer.ts';
import type { QueryHandle } from '../engine/query-handle.ts';
import { answerProtoSchema } from '../formats/protobuf/derive.ts';
import { formatNamed } from '../formats/registry.ts';
import type { CodecSite, PersistenceSchema } from '../formats/api.ts';
import { formatSchema } from '../types/schema.ts';
import type { RowFormat } from './row-format.ts';
import { streamedArray } from './row-formats.ts';

/** `/query`'s array with each row as a protobuf message in base64; the header contains the message's schema. */
export function protobufRows(handle: QueryHandle): RowFormat {
  const schema: PersistenceSchema = { columns: handle.columns, features: [], isKey: false };
  const site: CodecSite = {
    schema,
    info: { format: 'PROTOBUF_NOSR', properties: {} },
    topic: 'query',
    registry: undefined,
  };
  const encoder = formatNamed('PROTOBUF_NOSR').createEncoder(site);
  const out = new ByteWriter();
  const protoSchema = answerProtoSchema(schema);
  return {
    contentType: 'application/vnd.ksql.v1+protobuf',
    ...streamedArray(
      handle,
      { queryId: handle.queryId, schema: formatSchema({ key: [], value: handle.columns }), protoSchema },
      (row) => {
        out.reset();
        encoder.encode(row.values, 0, out);
        const tombstone = row.tombstone ? { tombstone: true } : {};
        return JSON.stringify({ row: { protobufBytes: out.view().toString('base64'), ...tombstone } });
      },
    ),
  };
}
