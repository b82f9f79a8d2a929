import { collect } from '../../sql/ast/visit.ts';
import type { Property } from '../../sql/ast/definition.ts';
import type { Existing } from './existing.ts';
import { isDeclaration, type Declaration, type Wanted } from './wanted.ts';

/** What must exist before a declaration can be executed. */
export interface Needs {
  /** Names of streams and tables. */
  readonly sources: readonly string[];
  readonly types: readonly string[];
  /** Names of topics. */
  readonly topics: readonly string[];
}

/** What a statement needs before it can be executed. */
export function needsOf(statement: Declaration): Needs {
  const types = collect(statement, 'TypeReference').map((t) => t.name);
  switch (statement.kind) {
    case 'CreateSource':
      return { sources: [], types, topics: makesTopic(statement.properties) ? [] : [topicOf(statement)] };
    case 'CreateSourceAs':
      return { sources: sourcesIn(statement), types, topics: [] };
    case 'InsertInto':
      return { sources: [...sourcesIn(statement), statement.target.name], types, topics: [] };
    case 'CreateType':
      return { sources: [], types, topics: [] };
    case 'CreateConnector': {
      if (statement.type === 'SOURCE') return { sources: [], types: [], topics: [] };
      const list = (key: string): string[] =>
        statement.properties
          .filter((p) => p.key.toLowerCase() === key)
          .flatMap((p) => p.value.split(','))
          .map((name) => name.trim())
          .filter((name) => name !== '');
      const sources = list('sources').map((name) => (/^[`"]/.test(name) ? name.slice(1, -1) : name.toUpperCase()));
      return { sources, types: [], topics: list('topics') };
    }
  }
}

/** The topic of a stream or table. */
export function topicOf(statement: Extract<Declaration, { readonly kind: 'CreateSource' | 'CreateSourceAs' }>): string {
  const given = statement.properties.find((p) => p.name.toUpperCase() === 'KAFKA_TOPIC')?.value;
  return given?.kind === 'StringLiteral' ? given.value : statement.name.name;
}

function makesTopic(properties: readonly Property[]): boolean {
  return properties.some((p) => p.name.toUpperCase() === 'PARTITIONS');
}

function sourcesIn(statement: Declaration): string[] {
  return collect(statement, 'AliasedSource').map((s) => s.name.name);
}

/**
 * Orders the declared statements so that each comes after what it needs: types, streams and tables, topics. A source
 * that no statement declares may be declared by a source connector, so connectors come first. Otherwise the order of
 * the files is kept.
 * @returns for each statement also the sources it reads that only a connector can declare
 * @throws Error when statements depend on each other in a cycle
 */
export function inOrder(
  wanted: readonly Wanted[],
  existing: Existing,
): { readonly wanted: Wanted; readonly declaredByConnectors: readonly string[] }[] {
  const declarations = wanted.filter((w): w is Wanted & { statement: Declaration } => isDeclaration(w.statement));
  const bySource = new Map<string, Wanted>();
  const byType = new Map<string, Wanted>();
  const byTopic = new Map<string, Wanted[]>();
  const connectors: Wanted[] = [];
  for (const declaration of declarations) {
    const { statement } = declaration;
    if (statement.kind === 'CreateType') byType.set(statement.name.name, declaration);
    if (statement.kind === 'CreateConnector' && statement.type === 'SOURCE') connectors.push(declaration);
    if (statement.kind === 'CreateSource' || statement.kind === 'CreateSourceAs') {
      bySource.set(statement.name.name, declaration);
      const topic = topicOf(statement);
      byTopic.set(topic, [...(byTopic.get(topic) ?? []), declaration]);
    }
  }
  const result: { readonly wanted: Wanted; readonly declaredByConnectors: readonly string[] }[] = [];
  const state = new Map<Wanted, 'open' | 'done'>();
  const path: Wanted[] = [];
  const put = (declaration: Wanted & { statement: Declaration }): void => {
    if (state.get(declaration) === 'done') return;
    if (state.get(declaration) === 'open') {
      const circle = [...path.slice(path.indexOf(declaration)), declaration].map((p) => p.place);
      throw new Error(`Statements need one another: ${circle.join(' -> ')}`);
    }
    state.set(declaration, 'open');
    path.push(declaration);
    const needs = needsOf(declaration.statement);
    const before: (Wanted | undefined)[] = needs.types.map((name) => byType.get(name));
    const unknown: string[] = [];
    for (const name of needs.sources) {
      const declared = bySource.get(name);
      if (declared !== undefined) before.push(declared);
      else if (!existing.sources.has(name)) unknown.push(name);
    }
    let fromConnectors = unknown.length > 0;
    for (const topic of needs.topics) {
      const writers = (byTopic.get(topic) ?? []).filter(
        (other) =>
          other !== declaration &&
          (other.statement.kind === 'CreateSourceAs' || declaration.statement.kind === 'CreateConnector'),
      );
      before.push(...writers);
      if (writers.length === 0 && !existing.topics.has(topic)) fromConnectors = true;
    }
    if (fromConnectors) before.push(...connectors.filter((c) => c !== declaration));
    for (const other of before)
      if (other !== undefined && other !== declaration) put(other as Wanted & { statement: Declaration });
    path.pop();
    state.set(declaration, 'done');
    result.push({ wanted: declaration, declaredByConnectors: connectors.length === 0 ? [] : unknown });
  };
  for (const w of declarations) put(w);
  return result;
}
