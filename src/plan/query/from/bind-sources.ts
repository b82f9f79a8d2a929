import { must } from '../../../base/assert.ts';
import { formatName } from '../../../sql/printer/names.ts';
import type { Catalog } from '../../../catalog/catalog.ts';
import type { Source } from '../../../catalog/source.ts';
import { SluiceError } from '../../../base/errors.ts';
import { nearest } from '../../../base/suggest.ts';
import type { AliasedSource, From } from '../../../sql/ast/query.ts';
import { PSEUDO_COLUMNS } from '../../names.ts';
import { reject } from '../../errors.ts';
import { streamOver } from './stream-over.ts';

/** A stream or table as a query names it. */
export interface BoundSource {
  readonly alias: string;
  readonly source: Source;
  /** The clause that names the source. */
  readonly node: AliasedSource;
}

/** Looks up the sources in FROM and JOIN. @throws SluiceError STATEMENT */
export function bindSources(from: From, catalog: Catalog): BoundSource[] {
  const bound: BoundSource[] = [];
  for (const node of [from.source, ...from.joins.map((j) => j.source)]) {
    const name = node.name.name;
    const source = catalog.source(name);
    if (source === undefined) throw unknownSource(name, node, catalog);
    bound.push({ alias: node.alias?.name ?? name, source, node });
  }
  checkRepeated(bound);
  return bound;
}

/** Another source over the same topic, which can be joined. */
function secondOf(source: Source): string | undefined {
  const declared = source.kind === 'STREAM' ? streamOver(source, '_AGAIN') : undefined;
  if (declared !== undefined) return `Another stream over the same topic can be joined: ${declared}`;
  if (source.topic.window !== undefined) return undefined;
  const name = formatName(source.name);
  return `A copy can be joined: CREATE TABLE ${formatName(`${source.name}_AGAIN`)} AS SELECT * FROM ${name};`;
}

function checkRepeated(bound: readonly BoundSource[]): void {
  for (const [i, binding] of bound.entries()) {
    const earlier = bound.slice(0, i);
    if (earlier.some((e) => e.source.name === binding.source.name)) {
      if (bound.length === 2) {
        throw reject(
          `Can not join '${binding.source.name}' to '${binding.source.name}': self joins are not yet supported.`,
          binding.node.span,
          secondOf(binding.source),
        );
      }
      throw reject(
        `N-way joins do not support multiple occurrences of the same source. Source: '${binding.source.name}'.`,
        binding.node.span,
      );
    }
    if (earlier.some((e) => e.alias === binding.alias)) {
      throw reject(
        `Duplicate alias '${binding.alias}' in FROM clause.`,
        binding.node.span,
        `Give one of them another: JOIN ${binding.source.name} ${binding.alias}2 ON …`,
      );
    }
  }
}

function unknownSource(name: string, node: AliasedSource, catalog: Catalog): SluiceError {
  const sameButCase = [...catalog.sources.keys()].find((n) => n.toUpperCase() === name.toUpperCase());
  // `shop.orders` in back-quotes is one name in ksqlDB, and a schema and a table in other databases.
  const last = name.split('.').at(-1)?.toUpperCase() ?? name;
  const near =
    sameButCase ??
    nearest(name, catalog.sources.keys()) ??
    (last !== name.toUpperCase() && catalog.sources.has(last) ? last : undefined);
  let hint: string | undefined =
    near === undefined ? 'SHOW STREAMS and SHOW TABLES list what there is.' : `Did you mean ${near}?`;
  let message = `Exception while preparing statement: ${name} does not exist.`;
  if (sameButCase !== undefined) {
    message += `\n${differentCase(name, sameButCase)}`;
    hint = caseAdvice(name, sameButCase, columnsIn(catalog, sameButCase));
  }
  return new SluiceError('STATEMENT', message, { span: node.name.span, hint });
}

function columnsIn(catalog: Catalog, name: string): readonly string[] {
  const { schema } = must(catalog.source(name), 'source');
  return [...schema.key, ...schema.value].map((c) => c.name);
}

/**
 * How a source is written that exists in another case: quotes of either kind keep lower case, and people of MySQL put
 * them around all names. Columns of the source are named in the same round.
 */
export function caseAdvice(wanted: string, existing: string, columns: readonly string[]): string {
  if (existing !== existing.toUpperCase())
    return `${formatName(existing)} keeps its case in back-quotes or double quotes.`;
  const upper = columns.filter((name) => name === name.toUpperCase()).slice(0, 12);
  const own = upper.length === 0 ? '' : `, and so are its columns: ${upper.join(', ')}`;
  return `\`${wanted}\` and "${wanted}" are names in that very case. It is written ${wanted.toLowerCase()} or ${existing}, without back-quotes and quotes${own}.`;
}

/** The hint for a name that exists in another case. */
function differentCase(wanted: string, existing: string): string {
  return existing === existing.toUpperCase()
    ? `Did you mean ${existing}? Hint: try removing double quotes from the source name.`
    : `Did you mean "${existing}"? Hint: wrap the source name in double quotes to make it case-sensitive.`;
}

/** Names of the columns of a source, in row order, including pseudo columns. */
export function columnNames(source: Source): string[] {
  return [
    ...source.schema.key.map((c) => c.name),
    ...source.schema.value.map((c) => c.name),
    ...PSEUDO_COLUMNS.map((p) => p.name),
    ...(source.topic.window === undefined ? [] : ['WINDOWSTART', 'WINDOWEND']),
  ];
}

/** Cached, since sources never change and each column reference asks. */
const namesOf = new WeakMap<Source, ReadonlySet<string>>();

export function hasColumn(source: Source, name: string): boolean {
  let names = namesOf.get(source);
  if (names === undefined) namesOf.set(source, (names = new Set(columnNames(source))));
  return names.has(name);
}
