/** One version of a subject of `GET /schemas/SUBJECT`. */
export interface RegisteredSchema {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly schemaType: 'AVRO' | 'PROTOBUF' | 'JSON';
  /** As it was registered: JSON, or the text of a .proto file. */
  readonly schema: string;
}
