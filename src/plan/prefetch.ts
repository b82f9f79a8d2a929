import type { Catalog } from '../catalog/catalog.ts';
import type { CreateSource, CreateSourceAs, Property } from '../sql/ast/definition.ts';
import type { Query } from '../sql/ast/query.ts';
import type { Statement } from '../sql/ast/statement.ts';
import type { PlanConfig } from './context.ts';
import { subjectOf } from './ddl/schema-inference.ts';

/** What must be fetched before a statement is planned. Names may repeat and may not exist. */
export interface Needs {
  readonly topics: readonly string[];
  readonly subjects: readonly string[];
  readonly schemaIds: readonly number[];
}

const NOTHING: Needs = { topics: [], subjects: [], schemaIds: [] };

/** The topics, subjects and schema ids that planning a statement may look up. */
export function needsOf(statement: Statement, catalog: Catalog, config: PlanConfig): Needs {
  switch (statement.kind) {
    case 'CreateSource':
    case 'AssertSource':
      return needsOfSource(statement);
    case 'CreateSourceAs':
      return needsOfCreateAs(statement, catalog, config);
    case 'InsertInto':
      return { ...NOTHING, topics: topicsOf(statement.query, catalog) };
    case 'Query':
      return { ...NOTHING, topics: topicsOf(statement, catalog) };
    case 'Explain':
      return statement.statement === null ? NOTHING : needsOf(statement.statement, catalog, config);
    default:
      return NOTHING;
  }
}

function needsOfSource(statement: Pick<CreateSource, 'properties'>): Needs {
  const topic = text(statement.properties, 'KAFKA_TOPIC');
  if (topic === undefined) return NOTHING;
  return {
    topics: [topic],
    subjects: [subjectOf(topic, 'KEY'), subjectOf(topic, 'VALUE')],
    schemaIds: ids(statement.properties),
  };
}

function needsOfCreateAs(statement: CreateSourceAs, catalog: Catalog, config: PlanConfig): Needs {
  const prefix = config.get('ksql.output.topic.name.prefix') ?? '';
  const sink = text(statement.properties, 'KAFKA_TOPIC') ?? prefix + statement.name.name;
  return {
    topics: [...topicsOf(statement.query, catalog), sink],
    subjects: [subjectOf(sink, 'KEY'), subjectOf(sink, 'VALUE')],
    schemaIds: ids(statement.properties),
  };
}

function topicsOf(query: Query, catalog: Catalog): string[] {
  const names = [query.from.source, ...query.from.joins.map((j) => j.source)].map((s) => s.name.name);
  return names.flatMap((name) => catalog.source(name)?.topic.name ?? []);
}

function text(properties: readonly Property[], name: string): string | undefined {
  const value = properties.find((p) => p.name.toUpperCase() === name)?.value;
  if (value === undefined || value.kind === 'NullLiteral') return undefined;
  return value.kind === 'DecimalLiteral' ? value.text : String(value.value);
}

function ids(properties: readonly Property[]): number[] {
  return ['KEY_SCHEMA_ID', 'VALUE_SCHEMA_ID']
    .map((name) => Number(text(properties, name) ?? Number.NaN))
    .filter((id) => Number.isSafeInteger(id));
}
