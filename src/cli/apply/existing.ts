import { isSluiceError } from '../../base/errors.ts';
import type { SluiceClient } from '../../client/sluice-client.ts';
import type { Statement } from '../../sql/ast/statement.ts';
import type { TypeSyntax } from '../../sql/ast/types.ts';
import { quoteName } from '../../sql/printer/names.ts';
import { parseStatement, parseType } from '../../sql/parse.ts';
import type { SchemaInfo } from '../../wire/entities.ts';
import { fieldsOf, listOf, textOf, textsOf } from '../render/fields.ts';

/** A stream or table that exists on the server. */
export interface ExistingSource {
  readonly name: string;
  readonly type: 'STREAM' | 'TABLE';
  readonly topic: string;
  /** Its statement; undefined when the server provides none that can be parsed. */
  readonly statement: Statement | undefined;
  /** The SQL text of the columns' types, by name. */
  readonly columns: ReadonlyMap<string, string>;
  /** The names of the sources that are written by queries which read this one. */
  readonly readers: readonly string[];
  /** The connector that declared it for one of its topics. */
  readonly connector: string | undefined;
}

/** A query created by INSERT INTO. */
export interface ExistingInsert {
  readonly id: string;
  readonly statement: Statement | undefined;
}

/** A connector that exists on the server. */
export interface ExistingConnector {
  readonly name: string;
  readonly type: string;
}

/** The objects on a server that statements can declare. */
export interface Existing {
  readonly sources: ReadonlyMap<string, ExistingSource>;
  readonly inserts: readonly ExistingInsert[];
  readonly types: ReadonlyMap<string, TypeSyntax>;
  /** By name in upper case, because names of connectors are not case-sensitive. */
  readonly connectors: ReadonlyMap<string, ExistingConnector>;
  readonly topics: ReadonlySet<string>;
}

/** Reads the existing objects from a server. @throws ClientError */
export async function readExisting(client: SluiceClient, signal: AbortSignal): Promise<Existing> {
  const entities = await client.execute(
    'DESCRIBE STREAMS EXTENDED; DESCRIBE TABLES EXTENDED; SHOW QUERIES; SHOW TYPES; SHOW TOPICS;',
    { signal },
  );
  const connectors = await client.execute('SHOW CONNECTORS;', { signal }).catch(() => []);
  const all = entities.flatMap((e) => listOf(e['sourceDescriptions']));
  const types = entities.flatMap((e) => Object.entries(fieldsOf(e['types'])));
  return {
    sources: new Map(
      all.map((description) => {
        const text = textOf(description['statement']);
        const source: ExistingSource = {
          name: textOf(description['name']),
          type: description['type'] === 'TABLE' ? 'TABLE' : 'STREAM',
          topic: textOf(description['topic']),
          statement: parsed(text),
          columns: new Map(
            listOf(description['fields']).map((f) => [textOf(f['name']), typeText(f['schema'] as SchemaInfo)] as const),
          ),
          readers: listOf(description['readQueries']).flatMap((q) => textsOf(q['sinks'])),
          connector: /\bSOURCED_BY_CONNECTOR\s*=\s*'([^']*)'/i.exec(text)?.[1],
        };
        return [source.name, source];
      }),
    ),
    inserts: entities
      .flatMap((e) => listOf(e['queries']))
      .map((q) => ({ id: textOf(q['id']), statement: parsed(textOf(q['queryString'])) }))
      .filter((q) => q.statement?.kind === 'InsertInto'),
    types: new Map(
      types.flatMap(([name, schema]) => {
        try {
          return [[name, parseType(typeText(schema as SchemaInfo))] as const];
        } catch {
          return [];
        }
      }),
    ),
    connectors: new Map(
      connectors
        .flatMap((e) => listOf(e['connectors']))
        .map((c) => [textOf(c['name']).toUpperCase(), { name: textOf(c['name']), type: textOf(c['type']) }]),
    ),
    topics: new Set(entities.flatMap((e) => listOf(e['topics']).map((t) => textOf(t['name'])))),
  };
}

function parsed(text: string): Statement | undefined {
  try {
    return parseStatement(text);
  } catch (error) {
    if (isSluiceError(error)) return undefined;
    throw error;
  }
}

/** The SQL text of a type; names of fields keep their case when it is parsed. */
export function typeText(schema: SchemaInfo): string {
  switch (schema.type) {
    case 'ARRAY':
      return `ARRAY<${typeText(schema.memberSchema!)}>`;
    case 'MAP':
      return `MAP<STRING, ${typeText(schema.memberSchema!)}>`;
    case 'STRUCT':
      return `STRUCT<${(schema.fields ?? []).map((f) => `${quoteName(f.name)} ${typeText(f.schema)}`).join(', ')}>`;
    case 'DECIMAL':
      return schema.parameters ? `DECIMAL(${schema.parameters.precision}, ${schema.parameters.scale})` : 'DECIMAL';
    default:
      return schema.type;
  }
}
