import { nearest } from '../../../base/suggest.ts';
import type { ColumnReference, Expression } from '../../../sql/ast/expressions.ts';
import type { AllColumns, Query, SelectItem, SingleColumn, StructAll } from '../../../sql/ast/query.ts';
import { formatType, type SqlType } from '../../../types/sql-type.ts';
import { reject } from '../../errors.ts';
import { generatedName, isSystemName, PSEUDO_COLUMNS } from '../../names.ts';
import { prepareError } from '../../properties/with-clause.ts';
import { type BoundSource, columnNames, hasColumn } from '../from/bind-sources.ts';
import { exprKey, sameExpression } from '../expressions.ts';
import { internalName } from '../qualify.ts';
import type { Span } from '../../../base/span.ts';

/** A column of a projection, expanded and named. */
export interface SelectEntry {
  /** The qualified expression. */
  readonly expression: Expression;
  readonly name: string;
  /** Whether the user named it with AS. */
  readonly aliased: boolean;
  /** Whether it results from `*` or `->*`. */
  readonly starred: boolean;
  readonly span: Span;
}

export interface SelectSite {
  readonly sources: readonly BoundSource[];
  /** Qualifies an expression. */
  readonly qualify: (expression: Expression) => Expression;
  /** Qualified PARTITION BY expressions; undefined without the clause. */
  readonly partitionBy: readonly Expression[] | undefined;
  /** Name of the key column that a join creates. */
  readonly syntheticKey: string | undefined;
  /** Whether `*` of a windowed source includes the window bounds. */
  readonly starShowsBounds: boolean;
  /** The type of a qualified expression over the sources. */
  readonly typeOf: (expression: Expression) => SqlType;
}

/** Expands `*` and `->*`, and names every column. @throws SluiceError STATEMENT */
export function expandSelect(query: Query, site: SelectSite): SelectEntry[] {
  const names = new NameGenerator(site.sources);
  return query.select.flatMap((item) => expandItem(item, site, names));
}

function expandItem(item: SelectItem, site: SelectSite, names: NameGenerator): SelectEntry[] {
  switch (item.kind) {
    case 'AllColumns':
      return expandStar(item, site, names);
    case 'StructAll':
      return expandStruct(item, site);
    case 'SingleColumn':
      return [singleColumn(item, site, names)];
    default:
      return item satisfies never;
  }
}

function singleColumn(item: SingleColumn, site: SelectSite, names: NameGenerator): SelectEntry {
  const expression = site.qualify(item.expression);
  if (item.alias !== null) {
    const name = item.alias.name;
    if (isSystemName(name)) {
      const itself = expression.kind === 'ColumnReference' && expression.name === name;
      throw itself
        ? reservedInSelect(name, item.span)
        : reject(`\`${name}\` is a reserved column name. You cannot use it as an alias for a column.`, item.alias.span);
    }
    return { expression, name, aliased: true, starred: false, span: item.span };
  }
  return {
    expression,
    name: derivedName(expression, site.sources, names),
    aliased: false,
    starred: false,
    span: item.span,
  };
}

/** The error `Reserved column name in select: ...`, for a system column without an alias. */
export function reservedInSelect(name: string, span: Span): Error {
  return reject(
    `Reserved column name in select: \`${name}\`. Please remove or alias the column.`,
    span,
    `Give it a name of its own: ${name} AS MY_${name}.`,
  );
}

/** The name of a column without an alias. */
export function derivedName(expression: Expression, sources: readonly BoundSource[], names: NameGenerator): string {
  switch (expression.kind) {
    case 'ColumnReference': {
      if (expression.qualifier === null) return expression.name;
      const owners = sources.filter((s) => hasColumn(s.source, expression.name));
      return internalName(expression.qualifier, expression.name, owners.length > 1);
    }
    case 'FieldAccess':
      return names.field(expression.field);
    default:
      return names.next();
  }
}

/** Generates `KSQL_COL_0`, `KSQL_COL_1`... and names of struct fields, avoiding names of the sources' columns. */
export class NameGenerator {
  readonly #used: Set<string>;
  #count = 0;

  constructor(sources: readonly BoundSource[]) {
    this.#used = new Set(sources.flatMap((s) => columnNames(s.source)));
  }

  next(): string {
    let name = generatedName(this.#count++);
    while (this.#used.has(name)) name = generatedName(this.#count++);
    return name;
  }

  field(field: string): string {
    let name = field;
    for (let n = 1; this.#used.has(name); n++) name = `${field}_${n}`;
    this.#used.add(name);
    return name;
  }
}

function expandStruct(item: StructAll, site: SelectSite): SelectEntry[] {
  const base = site.qualify(item.base);
  const type = site.typeOf(base);
  if (type.kind !== 'STRUCT') {
    throw reject(`Cannot dereference all fields ('->*') of ${formatType(type)}: it is not a STRUCT.`, item.span);
  }
  return type.fields.map((field) => ({
    expression: { kind: 'FieldAccess', base, field: field.name, span: item.span },
    name: field.name,
    aliased: false,
    starred: true,
    span: item.span,
  }));
}

function expandStar(item: AllColumns, site: SelectSite, names: NameGenerator): SelectEntry[] {
  const { qualifier } = item;
  const chosen = qualifier === null ? site.sources : site.sources.filter((s) => s.alias === qualifier);
  if (chosen.length === 0) {
    const near = nearest(
      qualifier!,
      site.sources.map((s) => s.alias),
    );
    throw prepareError(
      `'${qualifier}' is not a valid stream/table name or alias.`,
      item.span,
      near === undefined
        ? `The query reads ${site.sources.map((s) => s.alias).join(' and ')}: ${site.sources[0]?.alias ?? 'name'}.*. An alias stands behind its source: FROM ${site.sources[0]?.alias ?? 'name'} ${qualifier!.toLowerCase()}.`
        : `Did you mean ${near}?`,
    );
  }
  const isJoin = site.sources.length > 1;
  const reference = (alias: string, name: string): SelectEntry => ({
    expression: { kind: 'ColumnReference', qualifier: alias, name, span: item.span } satisfies ColumnReference,
    name: internalName(alias, name, isJoin),
    aliased: false,
    starred: true,
    span: item.span,
  });
  if (site.partitionBy !== undefined) return starOfPartitionBy(chosen, site, names, reference, item, site.partitionBy);
  const synthetic = qualifier === null ? syntheticEntry(site, item) : [];
  return [
    ...synthetic,
    ...chosen.flatMap((s) => [
      ...s.source.schema.key.map((c) => reference(s.alias, c.name)),
      ...boundsOf(s, isJoin || site.starShowsBounds).map((name) => reference(s.alias, name)),
      ...s.source.schema.value.map((c) => reference(s.alias, c.name)),
    ]),
  ];
}

function boundsOf(source: BoundSource, shown: boolean): readonly string[] {
  return shown && source.source.topic.window !== undefined ? ['WINDOWSTART', 'WINDOWEND'] : [];
}

function syntheticEntry(site: SelectSite, item: AllColumns): SelectEntry[] {
  const name = site.syntheticKey;
  if (name === undefined) return [];
  const expression: ColumnReference = { kind: 'ColumnReference', qualifier: null, name, span: item.span };
  return [{ expression, name, aliased: false, starred: true, span: item.span }];
}

/** `*` after PARTITION BY: the new key, the values, then the old key; for a join also the pseudo columns. */
function starOfPartitionBy(
  chosen: readonly BoundSource[],
  site: SelectSite,
  names: NameGenerator,
  reference: (alias: string, name: string) => SelectEntry,
  item: AllColumns,
  partitionBy: readonly Expression[],
): SelectEntry[] {
  const isJoin = site.sources.length > 1;
  const keys = partitionBy.filter((e) => e.kind !== 'NullLiteral');
  const keyEntries =
    item.qualifier === null
      ? keys.map((expression) => ({
          expression,
          name:
            expression.kind === 'ColumnReference' && expression.qualifier !== null
              ? internalName(expression.qualifier, expression.name, isJoin)
              : derivedName(expression, site.sources, names),
          aliased: false,
          starred: true,
          span: item.span,
        }))
      : [];
  const others = chosen.flatMap((s) => [
    ...s.source.schema.value.map((c) => reference(s.alias, c.name)),
    ...(isJoin ? PSEUDO_COLUMNS.map((p) => reference(s.alias, p.name)) : []),
    ...boundsOf(s, isJoin).map((name) => reference(s.alias, name)),
    ...s.source.schema.key.map((c) => reference(s.alias, c.name)),
  ]);
  const taken = new Set(keyEntries.map((k) => exprKey(k.expression)));
  return [...keyEntries, ...others.filter((o) => !taken.has(exprKey(o.expression)))];
}

/** The entries that select one expression. */
export function entriesOf(entries: readonly SelectEntry[], expression: Expression): SelectEntry[] {
  return entries.filter((e) => sameExpression(e.expression, expression));
}
