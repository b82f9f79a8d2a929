/** One version of a subject in `GET /schemas/SUBJECT`. */
export interface RegisteredSchema {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly schemaType: 'AVRO' | 'PROTOBUF' | 'JSON';
  /** The registered text: JSON, or a .proto file. */
  readonly schema: string;
}
