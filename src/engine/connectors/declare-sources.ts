import { isSluiceError, messageOf } from '../../base/errors.ts';
import { formatName, formatString } from '../../sql/printer/names.ts';
import type { ConnectClient, SourceDeclaration } from '../../connect/client/api.ts';
import type { DeclaredSource } from '../connector-results.ts';
import type { Services } from '../services.ts';
import { Session } from '../session.ts';
import { clusterDeclarations } from './cluster-declarations.ts';
import { sqlNames } from './column-names.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Source } from '../../catalog/source.ts';

/** How long a statement waits for a built-in connector to report the topics that it writes, in ms. */
export const DECLARATION_WAIT_MS = 10_000;

/**
 * Declares sources for the topics of a built-in connector through the ordinary statement path: `CREATE TABLE|STREAM IF
 * NOT EXISTS` with typed columns from the connector's own schema. If a name is taken, its source is kept and the answer
 * says so.
 */
export async function declareSources(
  connect: ConnectClient,
  connector: string,
  waitMs: number,
  services: Services,
  only?: ReadonlySet<string>,
): Promise<DeclaredSource[]> {
  const declarations = connect.embedded
    ? await connect.embedded.sourceDeclarations(connector, waitMs)
    : await clusterDeclarations(connect, connector, waitMs, services, only);
  const declared: DeclaredSource[] = [];
  for (const declaration of declarations) {
    if (only !== undefined && !only.has(declaration.topic)) continue;
    declared.push(await declareOne(connector, declaration, services));
  }
  return declared;
}

async function declareOne(
  connector: string,
  declaration: SourceDeclaration,
  services: Services,
): Promise<DeclaredSource> {
  const { topic, note } = declaration;
  const { name, taken, apart } = nameFor(connector, declaration, services.catalog.current);
  if (!declaration.declare || declaration.keyFormat === undefined || declaration.valueFormat === undefined) {
    return { topic, name, statement: null, note: note ?? null };
  }
  if (taken !== undefined) {
    const same = taken.topic.name === topic;
    return {
      topic,
      name,
      statement: null,
      note: same
        ? `${name} is declared over this topic already`
        : `The name ${name} is taken by a ${taken.kind.toLowerCase()} over topic ${taken.topic.name}: declare the topic under another name`,
    };
  }
  const older = services.catalog.current
    .sourcesOfTopic(topic)
    .find((s) => s.createdBy !== undefined && s.createdBy !== connector);
  const existing =
    older &&
    `${older.name}, declared for connector ${older.createdBy}, is over topic ${topic} as well: DROP ${older.kind} ${formatName(older.name)}; where it is not needed`;
  const { unnamed } = sqlNames(declaration);
  const leftOut =
    unnamed.length === 0
      ? undefined
      : `${unnamed.map((c) => c.name).join(', ')} of ${declaration.entity} cannot be a column of SQL, which has its own of that name: it is left out; the transform ReplaceField with renames gives it another`;
  const remark = [note, apart, existing, leftOut].filter((text) => text !== undefined).join('. ');
  const statement = declarationStatement(connector, declaration, name);
  try {
    await services.runStatement(statement, new Session());
    return { topic, name, statement, note: remark === '' ? null : remark };
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return { topic, name, statement: null, note: `${statement}\nwas refused: ${messageOf(error)}` };
  }
}

/**
 * The statement as a user would type it. `by`: the connector for which it is declared automatically, which marks the
 * source.
 */
export function declarationStatement(by: string | undefined, declaration: SourceDeclaration, name: string): string {
  const kind = declaration.isTable ? 'TABLE' : 'STREAM';
  const keyWord = declaration.isTable ? 'PRIMARY KEY' : 'KEY';
  const { key } = declaration;
  const columns = sqlNames(declaration).named.map(
    ({ name: columnName, column }) =>
      `${formatName(columnName)} ${column.type}${key.includes(column) ? ` ${keyWord}` : ''}`,
  );
  const properties = [
    `KAFKA_TOPIC=${formatString(declaration.topic)}`,
    ...(declaration.key.length > 0 ? [`KEY_FORMAT='${declaration.keyFormat}'`] : []),
    `VALUE_FORMAT='${declaration.valueFormat}'`,
    ...(declaration.bareValue === true ? ['WRAP_SINGLE_VALUE=false'] : []),
    `PARTITIONS=${declaration.partitions}`,
    ...(by === undefined ? [] : [`SOURCED_BY_CONNECTOR=${formatString(by)}`]),
  ];
  return `CREATE ${kind} IF NOT EXISTS ${formatName(name)} (${columns.join(', ')}) WITH (${properties.join(', ')});`;
}

/** The name of a topic's source. */
export interface SourceNaming {
  readonly name: string;
  /** The source that has the name already: the topic's own, or another one, which keeps the name. */
  readonly taken: Source | undefined;
  /** Why the name differs from the plain one. */
  readonly apart: string | undefined;
}

/**
 * The SQL name of the source for a topic. If two topics of one connector have the same SQL name (tables `t` and `T`, or
 * `a-b` and `a_b`), a number is appended to the later one.
 *
 * @param planned topics by names that have been assigned, but are not in the catalog yet
 */
export function nameFor(
  connector: string,
  { name: suggested, topic }: SourceDeclaration,
  catalog: Catalog,
  planned: ReadonlyMap<string, string> = new Map(),
): SourceNaming {
  const plain = suggested.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_');
  const other = catalog.source(plain);
  const otherTopic = other?.topic.name ?? planned.get(plain);
  if (otherTopic === undefined || otherTopic === topic || (other !== undefined && other.createdBy !== connector))
    return { name: plain, taken: other, apart: undefined };
  const apart = `${plain} is over topic ${otherTopic}, whose name differs from ${topic} in case or punctuation alone`;
  const own = catalog.sourcesOfTopic(topic).find((s) => s.createdBy === connector);
  if (own !== undefined) return { name: own.name, taken: own, apart };
  for (let n = 2; ; n++) {
    const name = `${plain}_${n}`;
    if (catalog.source(name) === undefined && !planned.has(name)) return { name, taken: undefined, apart };
  }
}
