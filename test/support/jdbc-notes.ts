import type { SinkWorld } from '../../src/connect/suites/sink-suite.ts';
import { JSON_CONVERTER } from './converters.ts';

const schemaOf = (...fields: object[]) => ({ type: 'struct', optional: false, fields });
const ID = { field: 'id', type: 'int32', optional: false };
const BODY = { field: 'body', type: 'string', optional: true };

/** The key of the record for a note, as JSON with a schema. */
export const noteKey = (id: number): string => JSON.stringify({ schema: schemaOf(ID), payload: { id } });

/** The value of the record for a note, as JSON with a schema. */
export const noteRow = (id: number, body: string | null): string =>
  JSON.stringify({ schema: schemaOf(ID, BODY), payload: { id, body } });

/** The part that the JDBC sinks of all databases share in the suite of sinks: rows of a table `notes` by key. */
export const NOTES = {
  config: {
    'table.name.format': 'notes',
    'key.converter': JSON_CONVERTER,
    'value.converter': JSON_CONVERTER,
    'insert.mode': 'upsert',
    'pk.mode': 'record_key',
    'delete.enabled': 'true',
    'auto.create': 'true',
  },
  record: (id, text) => [noteKey(id), text === null ? null : noteRow(id, text)],
  keeps: 'the last of a key',
  poison: [noteKey(9), '{"no": "schema"}'],
  wrong: [
    { change: { 'pk.mode': 'none' }, names: 'pk.mode' },
    { change: { 'insert.mode': 'replace' }, names: 'insert.mode' },
  ],
} as const satisfies Partial<SinkWorld>;
