import type { TypeSyntax } from '../../sql/ast/types.ts';
import type { Statement } from '../../sql/ast/statement.ts';
import { parseStatement, parseType } from '../../sql/parse.ts';
import { formatName, quoteName } from '../../sql/printer/names.ts';
import { formatStatement } from '../../sql/printer/statement.ts';
import { canonicalText, expandedType } from './canonical.ts';
import { inOrder, needsOf } from './dependencies.ts';
import type { Existing, ExistingSource } from './existing.ts';
import { lineDifference } from './line-difference.ts';
import { isDeclaration, type Absence, type Declaration, type Wanted } from './wanted.ts';

export type Action = 'create' | 'replace' | 'drop' | 'unchanged';

/** One step of the plan: an object, the action, and the statements for it. */
export interface Step {
  readonly action: Action;
  /** The kind of object: `stream`, `sink connector` ... */
  readonly what: string;
  readonly name: string;
  /** Its position in the files; undefined for what they do not declare. */
  readonly place: string | undefined;
  /** Executed in this order; empty when nothing changes. */
  readonly statements: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** The lines that describe the difference. */
  readonly difference: readonly string[];
  /** Streams and tables that a connector declares, which must exist first. */
  readonly waitsFor: readonly string[];
}

/** The steps from the state of a server to the declared state. */
export interface Plan {
  /** In the order of execution. */
  readonly steps: readonly Step[];
  /** Objects that exist on the server, are not declared by the files, and are kept, such as `stream A`. */
  readonly kept: readonly string[];
}

/** What CREATE OR REPLACE would change in an existing connector; `unknown`: the server cannot determine it. */
export type ConnectorDifference =
  | readonly { readonly name: string; readonly from: string | null; readonly to: string | null }[]
  | { readonly unknown: string };

/** Streams and tables that belong to the server itself or to migrations. */
const NOT_OF_FILES = /^KSQL_PROCESSING_LOG$|^MIGRATION_EVENTS$|^MIGRATION_SCHEMA_VERSIONS$/;

/**
 * The changes that bring a server to the state that the files declare.
 * @param connectors the differences by name in upper case, for declared connectors that exist
 * @param prune whether to drop what the files do not declare
 */
export function planChanges(
  wanted: readonly Wanted[],
  existing: Existing,
  connectors: ReadonlyMap<string, ConnectorDifference>,
  prune: boolean,
): Plan {
  const types = new Map<string, TypeSyntax>();
  for (const { statement } of wanted)
    if (statement.kind === 'CreateType') types.set(statement.name.name, statement.type);
  const changedTypes = new Set(
    [...types].flatMap(([name, type]) => {
      const before = existing.types.get(name);
      return before !== undefined && expandedType(type, types) !== expandedType(before, new Map()) ? [name] : [];
    }),
  );
  const inserts = new Map(
    existing.inserts.map((q) => [q.statement === undefined ? '' : canonicalText(q.statement as Declaration), q.id]),
  );
  const named = new Set<string>();
  const steps: Step[] = [];
  for (const { wanted: w, declaredByConnectors } of inOrder(wanted, existing)) {
    const statement = w.statement as Declaration;
    const change = changeOf(statement, w.text, existing, connectors, { types, changedTypes, inserts });
    for (const key of change.keys) named.add(key);
    steps.push({
      ...change,
      place: w.place,
      properties: w.properties,
      waitsFor: change.action === 'create' || change.action === 'replace' ? declaredByConnectors : [],
    });
  }
  for (const other of wanted) {
    if (isDeclaration(other.statement)) continue;
    const key = absentKey(other.statement);
    named.add(key);
    if (!isThere(other.statement, existing)) continue;
    steps.push({
      action: 'drop',
      what: key.slice(0, key.indexOf(' ')),
      name: key.slice(key.indexOf(' ') + 1),
      place: other.place,
      statements: [other.text],
      properties: other.properties,
      difference: [],
      waitsFor: [],
    });
  }
  const rest = unnamed(existing, named);
  return prune
    ? { steps: [...steps, ...rest], kept: [] }
    : { steps, kept: rest.map((step) => `${step.what} ${step.name}`) };
}

interface Change extends Pick<Step, 'action' | 'what' | 'name' | 'statements' | 'difference'> {
  /** The existing objects that the step covers. */
  readonly keys: readonly string[];
}

interface Known {
  readonly types: ReadonlyMap<string, TypeSyntax>;
  readonly changedTypes: ReadonlySet<string>;
  readonly inserts: ReadonlyMap<string, string>;
}

function changeOf(
  statement: Declaration,
  text: string,
  existing: Existing,
  connectors: ReadonlyMap<string, ConnectorDifference>,
  known: Known,
): Change {
  switch (statement.kind) {
    case 'CreateType': {
      const { name } = statement.name;
      const common = { what: 'type', name, keys: [`type ${name}`] };
      const before = existing.types.get(name);
      if (before === undefined) return { ...common, action: 'create', statements: [text], difference: [] };
      if (!known.changedTypes.has(name)) return { ...common, action: 'unchanged', statements: [], difference: [] };
      return {
        ...common,
        action: 'replace',
        statements: [`DROP TYPE ${formatName(name)};`, text],
        difference: lineDifference(expandedType(before, new Map()), expandedType(statement.type, known.types)),
      };
    }
    case 'CreateConnector': {
      const { name } = statement.name;
      const key = name.toUpperCase();
      const what = `${statement.type.toLowerCase()} connector`;
      const common = { what, name, keys: [`connector ${key}`] };
      const before = existing.connectors.get(key);
      if (before === undefined) return { ...common, action: 'create', statements: [text], difference: [] };
      const found = connectors.get(key) ?? { unknown: 'what would change cannot be told' };
      if ('unknown' in found)
        return { ...common, action: 'replace', statements: [replacing(statement, text)], difference: [found.unknown] };
      if (found.length === 0) return { ...common, action: 'unchanged', statements: [], difference: [] };
      return {
        ...common,
        action: 'replace',
        statements: [replacing(statement, text)],
        difference: found.map((c) =>
          c.from === c.to
            ? `${c.name}: another value (hidden)`
            : `${c.name}: ${c.from ?? '(not set)'} -> ${c.to ?? '(not set)'}`,
        ),
      };
    }
    case 'InsertInto': {
      const after = canonicalText(statement);
      const common = { what: 'query', name: `INSERT INTO ${statement.target.name}` };
      const id = known.inserts.get(after);
      return id === undefined
        ? { ...common, action: 'create', statements: [text], difference: [], keys: [] }
        : { ...common, action: 'unchanged', statements: [], difference: [], keys: [`query ${id}`] };
    }
    default:
      return sourceChange(statement, text, existing, known);
  }
}

function sourceChange(
  statement: Extract<Declaration, { readonly kind: 'CreateSource' | 'CreateSourceAs' }>,
  text: string,
  existing: Existing,
  known: Known,
): Change {
  const { name } = statement.name;
  const common = { what: statement.sourceType.toLowerCase(), name, keys: [`source ${name}`] };
  const before = existing.sources.get(name);
  if (before === undefined) return { ...common, action: 'create', statements: [text], difference: [] };
  const after = canonicalText(statement);
  const was =
    before.statement?.kind === 'CreateSource' || before.statement?.kind === 'CreateSourceAs'
      ? canonicalText(before.statement)
      : `CREATE ${before.type} ${quoteName(name)} (a statement that the server does not tell)`;
  const drifted = statement.kind === 'CreateSource' ? columnDrift(statement, before, known.types) : [];
  const retyped = drifted.length > 0 ? [] : needsOf(statement).types.filter((type) => known.changedTypes.has(type));
  if (was === after && drifted.length === 0 && retyped.length === 0)
    return { ...common, action: 'unchanged', statements: [], difference: [] };
  const difference = [
    ...(was === after ? [] : lineDifference(was, after)),
    ...drifted,
    ...retyped.map((type) => `type ${type} changes`),
  ];
  const statements =
    before.type === statement.sourceType
      ? [replacing(statement, text)]
      : [`DROP ${before.type} ${quoteName(name)};`, text];
  return { ...common, action: 'replace', statements, difference };
}

/** Columns that differ from an otherwise equal statement: they were changed by ALTER, or their type was replaced. */
function columnDrift(
  statement: Extract<Declaration, { readonly kind: 'CreateSource' }>,
  before: ExistingSource,
  types: ReadonlyMap<string, TypeSyntax>,
): string[] {
  if (statement.columns.length === 0) return [];
  const wanted = new Map(statement.columns.map((c) => [c.name.name, expandedType(c.type, types)]));
  return [...before.columns].flatMap(([name, text]) => {
    const after = wanted.get(name);
    if (after === undefined) return [`- column ${name}, which was added later`];
    const was = expandedType(parseType(text), new Map());
    return was === after ? [] : [`column ${name}:`, ...lineDifference(was, after)];
  });
}

/**
 * The statement with OR REPLACE in place of IF NOT EXISTS: the original text if a textual replacement is sufficient.
 */
function replacing(statement: Exclude<Declaration, { kind: 'CreateType' | 'InsertInto' }>, text: string): string {
  const changed = text
    .replace(/^create(?:\s+or\s+replace)?\b/i, 'CREATE OR REPLACE')
    .replace(/\bif\s+not\s+exists\s+/i, statement.ifNotExists ? '' : '$&');
  const want = { ...statement, orReplace: true, ifNotExists: false };
  try {
    const read = parseStatement(changed);
    if (read.kind === statement.kind && read.orReplace && !read.ifNotExists) return changed;
  } catch {
    // Comments between the words prevent that, so the statement is printed again.
  }
  return `${formatStatement(want as Statement)};`;
}

function absentKey(statement: Absence): string {
  switch (statement.kind) {
    case 'DropSource':
      return `source ${statement.name.name}`;
    case 'DropType':
      return `type ${statement.name.name}`;
    default:
      return `connector ${statement.name.name.toUpperCase()}`;
  }
}

function isThere(statement: Absence, existing: Existing): boolean {
  switch (statement.kind) {
    case 'DropSource':
      return existing.sources.has(statement.name.name);
    case 'DropType':
      return existing.types.has(statement.name.name);
    default:
      return existing.connectors.has(statement.name.name.toUpperCase());
  }
}

/** Objects that the files do not declare, in an order in which they can be dropped: readers before their sources. */
function unnamed(existing: Existing, named: ReadonlySet<string>): Step[] {
  const drop = (what: string, name: string, ...statements: string[]): Step => ({
    action: 'drop',
    what,
    name,
    place: undefined,
    statements,
    properties: {},
    difference: [],
    waitsFor: [],
  });
  const connectors = [...existing.connectors].filter(([key]) => !named.has(`connector ${key}`)).map(([, c]) => c);
  const steps = connectors
    .toSorted((a, b) => Number(a.type === 'source') - Number(b.type === 'source'))
    .map((c) => drop(`${c.type} connector`, c.name, `DROP CONNECTOR ${quoteName(c.name)};`));
  for (const query of existing.inserts)
    if (!named.has(`query ${query.id}`)) steps.push(drop('query', query.id, `TERMINATE ${formatName(query.id)};`));
  const done = new Set<string>();
  const put = (source: ExistingSource): void => {
    if (done.has(source.name)) return;
    done.add(source.name);
    for (const reader of source.readers) {
      const other = existing.sources.get(reader);
      if (other !== undefined) put(other);
    }
    const isOfConnector = source.connector !== undefined && named.has(`connector ${source.connector.toUpperCase()}`);
    if (named.has(`source ${source.name}`) || isOfConnector || NOT_OF_FILES.test(source.name)) return;
    steps.push(drop(source.type.toLowerCase(), source.name, `DROP ${source.type} ${quoteName(source.name)};`));
  };
  for (const source of existing.sources.values()) put(source);
  for (const type of existing.types.keys())
    if (!named.has(`type ${type}`)) steps.push(drop('type', type, `DROP TYPE ${formatName(type)};`));
  return steps;
}
