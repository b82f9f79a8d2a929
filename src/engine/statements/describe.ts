import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { isBuiltInSource } from '../../catalog/catalog.ts';
import { NO_SPAN } from '../../base/span.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { formatName } from '../../sql/printer/names.ts';
import type { ResultBody } from '../results.ts';
import type { Services } from '../services.ts';
import type { Answer, Call } from './call.ts';
import { describeConnector } from './connectors/describe.ts';
import { findConnector } from './connectors/names.ts';
import { describeSource } from './source-description.ts';
import { recordNotes } from './unreadable-records.ts';
import { sourcesOf } from './show-sources.ts';

/** DESCRIBE name: a stream or table, otherwise a connector of that name. */
export async function describeName(statement: StatementOf<'DescribeSource'>, call: Call): Promise<Answer> {
  const { services } = call;
  const { name, quoted } = statement.name;
  const source = services.catalog.current.source(name);
  if (source)
    return {
      kind: 'sourceDescription',
      description: await describeSource(source, services, { extended: statement.extended }),
      notes: isBuiltInSource(name, services.catalog.current)
        ? [`${name} is built in: the server writes it. SHOW CONNECTORS; lists the connectors`]
        : statement.extended && call.session.caller.may({ right: 'read', source: name })
          ? await recordNotes(source, services)
          : [],
    };
  if (services.connect && (await findConnector(services.connect, name).catch(() => undefined)) !== undefined) {
    const span = statement.name.span ?? NO_SPAN;
    return await describeConnector(
      { kind: 'ConnectorName', name, written: name, quoting: quoted ? 'double' : 'none', span },
      statement.extended,
      call,
    );
  }
  throw new SluiceError('STATEMENT', `Could not find STREAM/TABLE '${name}' in the Metastore`, {
    span: statement.name.span,
    hint: OTHER_THINGS[name] ?? otherObject(name, services),
  });
}

/** What else has that name, or the most similar stream or table. */
function otherObject(name: string, services: Services): string {
  const catalog = services.catalog.current;
  const shown = formatName(name);
  const near = didYouMean(name, [...catalog.sources.keys()]);
  if (near !== undefined) return near;
  if (services.functions.find(name) !== undefined) return `${name} is a function: DESCRIBE FUNCTION ${shown};`;
  if (catalog.type(name) !== undefined) return `${name} is a type: SHOW TYPES; shows it.`;
  if (catalog.query(name) !== undefined) return `${name} is a query: EXPLAIN ${shown};`;
  const first = [...catalog.sources.values()].find((s) => s.topic.name.toUpperCase() === name.toUpperCase());
  if (first !== undefined)
    return `${first.topic.name} is a topic, over which ${first.name} is: DESCRIBE ${formatName(first.name)};`;
  return 'SHOW STREAMS; and SHOW TABLES; list what there is.';
}

/** Words that are not names: what a user who describes one probably means. */
const OTHER_THINGS: Readonly<Record<string, string>> = {
  CONNECTOR: 'DESCRIBE CONNECTOR name; SHOW CONNECTORS; lists the names.',
  FUNCTION: 'DESCRIBE FUNCTION name; SHOW FUNCTIONS; lists the names.',
  FUNCTIONS: 'SHOW FUNCTIONS; lists them, DESCRIBE FUNCTION name; shows one.',
  TOPIC: 'PRINT topic; shows what one holds, SHOW TOPICS; lists them.',
  TOPICS: 'SHOW TOPICS; lists them, PRINT topic; shows what one holds.',
  QUERY: 'EXPLAIN query_id; shows one, SHOW QUERIES; lists them.',
  QUERIES: 'SHOW QUERIES; lists them, EXPLAIN query_id; shows one.',
};

export async function describeSources(
  statement: StatementOf<'DescribeSources'>,
  services: Services,
): Promise<ResultBody> {
  const sources = sourcesOf(services, statement.sourceType);
  return {
    kind: 'source_descriptions',
    descriptions: await Promise.all(sources.map((s) => describeSource(s, services, { extended: statement.extended }))),
  };
}
