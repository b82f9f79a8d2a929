import type { SqlType } from '../types/sql-type.ts';

/** Types of ksqlDB's REST entities, for both directions. Field names are those of the wire format. */
export interface Warning {
  readonly message: string;
}

/** A response entity; `@type` determines its other fields. */
export interface Entity {
  readonly '@type': string;
  readonly statementText: string;
  readonly warnings: readonly Warning[];
  readonly [field: string]: unknown;
}

export interface SchemaInfo {
  readonly type: string;
  readonly fields: readonly FieldInfo[] | null;
  readonly memberSchema: SchemaInfo | null;
  readonly parameters?: { readonly precision: number; readonly scale: number };
}

export interface FieldInfo {
  readonly name: string;
  readonly schema: SchemaInfo;
  readonly type?: 'KEY' | 'HEADER';
  readonly headerKey?: string;
}

/** SchemaInfo of a SQL type: `fields` for structs, `memberSchema` for array elements and map values. */
export function schemaInfo(type: SqlType): SchemaInfo {
  switch (type.kind) {
    case 'STRUCT':
      return {
        type: 'STRUCT',
        fields: type.fields.map((f) => ({ name: f.name, schema: schemaInfo(f.type) })),
        memberSchema: null,
      };
    case 'ARRAY':
      return { type: 'ARRAY', fields: null, memberSchema: schemaInfo(type.element) };
    case 'MAP':
      return { type: 'MAP', fields: null, memberSchema: schemaInfo(type.value) };
    case 'DECIMAL':
      return {
        type: 'DECIMAL',
        fields: null,
        memberSchema: null,
        parameters: { precision: type.precision, scale: type.scale },
      };
    default:
      return { type: type.kind, fields: null, memberSchema: null };
  }
}

/** Body of an error response. */
export interface ErrorBody {
  readonly '@type': 'generic_error' | 'statement_error';
  readonly error_code: number;
  readonly message: string;
  readonly statementText?: string;
  readonly entities?: readonly Entity[];
  /** Not in ksqlDB: the code of base/errors.ts, the position (line from 1, column from 0), and advice. */
  readonly code?: string;
  readonly line?: number;
  readonly column?: number;
  readonly hint?: string;
  /** Path on this server of the documentation of `code`: its meaning, an example and the remedy. */
  readonly docs?: string;
}

/** Request of `/ksql`, `/query`, `/ws/query`. Unknown fields are ignored. */
export interface KsqlRequest {
  readonly ksql: string;
  readonly streamsProperties?: Readonly<Record<string, unknown>> | null;
  readonly requestProperties?: Readonly<Record<string, unknown>> | null;
  readonly sessionVariables?: Readonly<Record<string, string>> | null;
  readonly commandSequenceNumber?: number | null;
}

/** Request of `/query-stream`. */
export interface QueryStreamRequest {
  readonly sql: string;
  readonly properties?: Readonly<Record<string, unknown>> | null;
  readonly sessionVariables?: Readonly<Record<string, string>> | null;
  readonly requestProperties?: Readonly<Record<string, unknown>> | null;
  /** Not in ksqlDB: the delimited form may contain lines `{"notice": text}` between the rows. */
  readonly notices?: boolean;
  /**
   * Not in ksqlDB: in the delimited form, a row deleted from the table is a line `{"tombstone": [...]}` with its key
   * columns and nulls.
   */
  readonly tombstones?: boolean;
}

/** First line of a `/query-stream` response. */
export interface QueryStreamMetadata {
  readonly queryId: string;
  readonly columnNames: readonly string[];
  readonly columnTypes: readonly string[];
}

/** Response of `GET /info`. */
export interface ServerInfo {
  readonly KsqlServerInfo: {
    readonly version: string;
    readonly kafkaClusterId: string;
    readonly ksqlServiceId: string;
    readonly serverStatus: string;
  };
}
