import type { SchemaInfo } from '../../wire/entities.ts';

/** The SQL text of a type: `ARRAY<STRUCT<A INTEGER>>`. */
export function schemaText(schema: SchemaInfo): string {
  switch (schema.type) {
    case 'ARRAY':
      return `ARRAY<${schema.memberSchema ? schemaText(schema.memberSchema) : '?'}>`;
    case 'MAP':
      return `MAP<STRING, ${schema.memberSchema ? schemaText(schema.memberSchema) : '?'}>`;
    case 'STRUCT':
      return `STRUCT<${(schema.fields ?? []).map((f) => `${f.name} ${schemaText(f.schema)}`).join(', ')}>`;
    case 'DECIMAL':
      return schema.parameters ? `DECIMAL(${schema.parameters.precision}, ${schema.parameters.scale})` : 'DECIMAL';
    case 'STRING':
      return 'VARCHAR(STRING)';
    default:
      return schema.type;
  }
}

/** The SQL text of a type in short form: STRING instead of VARCHAR(STRING). */
export function shortSchemaText(schema: SchemaInfo): string {
  return schemaText(schema).replaceAll('VARCHAR(STRING)', 'STRING');
}
