import { KEYS } from '../config/keys.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { CreateSource, CreateSourceAs, Property } from '../sql/ast/definition.ts';
import { FORMATS, formatNamed } from '../formats/registry.ts';
import type { Query } from '../sql/ast/query.ts';
import type { Statement } from '../sql/ast/statement.ts';
import type { Config } from '../base/config/config.ts';
import { subjectOf } from './ddl/schema-inference.ts';
import { defaultFormat, type Side } from './serde/topic-formats.ts';

/** What must be fetched before a statement is planned. Names may repeat, and need not exist. */
export interface Needs {
  readonly topics: readonly string[];
  readonly subjects: readonly string[];
  readonly schemaIds: readonly number[];
}

const NOTHING: Needs = { topics: [], subjects: [], schemaIds: [] };

/** The topics, subjects and schema ids that planning a statement may look up. */
export function needsOf(statement: Statement, catalog: Catalog, config: Config): Needs {
  switch (statement.kind) {
    case 'CreateSource':
    case 'AssertSource':
      return needsOfSource(statement, config);
    case 'CreateSourceAs':
      return needsOfCreateAs(statement, catalog, config);
    case 'InsertInto':
      return {
        ...NOTHING,
        topics: topicsOf(statement.query, catalog),
        subjects: subjectsOf(statement.target.name, catalog),
      };
    case 'Query':
      return { ...NOTHING, topics: topicsOf(statement, catalog) };
    case 'Explain':
      return statement.statement === null ? NOTHING : needsOf(statement.statement, catalog, config);
    default:
      return NOTHING;
  }
}

function needsOfSource(statement: Pick<CreateSource, 'properties'>, config: Config): Needs {
  const topic = text(statement.properties, 'KAFKA_TOPIC');
  if (topic === undefined) return NOTHING;
  const sides = (['KEY', 'VALUE'] as const).filter((side) => mayInfer(statement, side, config));
  return {
    topics: [topic],
    subjects: sides.map((side) => subjectOf(topic, side)),
    schemaIds: ids(statement.properties),
  };
}

/**
 * Whether columns may be inferred. Only formats with schemas in the registry ask it for columns; for others it need not
 * be available.
 */
function mayInfer({ properties }: Pick<CreateSource, 'properties'>, side: Side, config: Config): boolean {
  const name = text(properties, 'FORMAT') ?? text(properties, `${side}_FORMAT`) ?? defaultFormat(config, side);
  return FORMATS.find((format) => format.name === name?.trim().toUpperCase())?.schemaInference !== false;
}

function needsOfCreateAs(statement: CreateSourceAs, catalog: Catalog, config: Config): Needs {
  const prefix = config.get(KEYS.outputTopicNamePrefix);
  const sink = text(statement.properties, 'KAFKA_TOPIC') ?? prefix + statement.name.name;
  return {
    topics: [...topicsOf(statement.query, catalog), sink],
    subjects: [subjectOf(sink, 'KEY'), subjectOf(sink, 'VALUE')],
    schemaIds: ids(statement.properties),
  };
}

/** Subjects of a source whose formats have schemas in the registry. */
function subjectsOf(source: string, catalog: Catalog): string[] {
  const topic = catalog.source(source)?.topic;
  if (topic === undefined) return [];
  const sides = [
    ['KEY', topic.keyFormat],
    ['VALUE', topic.valueFormat],
  ] as const;
  return sides.flatMap(([side, info]) =>
    formatNamed(info.format).registrySchema === undefined
      ? []
      : [info.properties['subjectName'] ?? subjectOf(topic.name, side)],
  );
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
