import { SluiceError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/suggest.ts';
import type { ConnectClient, SourceDeclaration } from '../../../connect/client/api.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { clusterDeclarations } from '../../connectors/cluster-declarations.ts';
import { declarationStatement } from '../../connectors/declare-sources.ts';
import type { Services } from '../../services.ts';
import { Session } from '../../session.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, resolveName } from './names.ts';

/** How long to wait for a connector's report on its topics, in ms. */
const WAIT_MS = 5000;

/**
 * CREATE STREAM | TABLE name FROM CONNECTOR: the automatic declaration of a topic, with a name and kind chosen by the
 * user.
 */
export async function createFromConnector(
  statement: StatementOf<'CreateFromConnector'>,
  { services }: Call,
): Promise<Answer> {
  const connect = requireConnect(services);
  const connector = await resolveName(connect, statement.connector);
  const { name } = statement.name;
  const existing = services.catalog.current.sources.get(name);
  if (existing !== undefined && statement.ifNotExists)
    return { kind: 'warning_entity', message: `${name} already exists` };
  const known = await guarded(
    () => topicsOf(connect, connector, statement.topic, services),
    'Failed to describe connector: ',
  );
  const topics = known.map((d) => d.topic);
  const declaration =
    statement.topic === null
      ? known.length === 1
        ? known[0]
        : undefined
      : known.find((d) => d.topic === statement.topic);
  if (declaration === undefined && statement.topic !== null && (await isToWrite(connect, connector, statement.topic)))
    throw new SluiceError(
      'STATEMENT',
      `Connector ${connector} has written nothing to topic ${statement.topic} yet: its columns are not known`,
      {
        span: statement.span,
        hint: `Say it again when there are records (DESCRIBE CONNECTOR ${connector}; tells how it does), or with its columns: CREATE ${statement.sourceType} ${name} (…) WITH (KAFKA_TOPIC='${statement.topic}', VALUE_FORMAT='…');`,
      },
    );
  if (declaration === undefined)
    throw new SluiceError(
      'STATEMENT',
      statement.topic === null
        ? `Connector ${connector} writes ${topics.length === 0 ? 'no topics yet' : `${topics.length} topics: ${topics.join(', ')}`}`
        : `Connector ${connector} does not write topic ${statement.topic}`,
      {
        span: statement.span,
        hint:
          statement.topic === null
            ? topics.length === 0
              ? `DESCRIBE CONNECTOR ${connector}; tells how it does.`
              : `Say which: … FROM CONNECTOR ${connector} TOPIC '${topics[0]!}';`
            : (didYouMean(statement.topic, topics) ??
              (topics.length === 0 ? undefined : `It writes ${topics.join(', ')}.`)),
      },
    );
  if (declaration.keyFormat === undefined || declaration.valueFormat === undefined)
    throw new SluiceError('STATEMENT', `Topic ${declaration.topic} cannot be declared: ${declaration.note ?? ''}`, {
      span: statement.span,
    });
  const isTable = statement.sourceType === 'TABLE';
  if (isTable && declaration.key.length === 0)
    throw new SluiceError('STATEMENT', `The records of topic ${declaration.topic} have no key: it is no table`, {
      span: statement.span,
      hint: `CREATE STREAM ${name} FROM CONNECTOR ${connector} TOPIC '${declaration.topic}';`,
    });
  const isPassedOver = !isTable && declaration.isTable;
  const text = declarationStatement(undefined, { ...declaration, isTable }, name);
  const message = await services.runStatement(text.replace(' IF NOT EXISTS', ''), new Session());
  return {
    kind: 'connector_changed',
    connectorName: connector,
    message,
    declared: [{ topic: declaration.topic, name, statement: text, note: declaration.note ?? null }],
    notes: isPassedOver
      ? [
          `The records of ${declaration.topic} are rows of a table: as a stream each change is a row more, and deletes are not seen. CREATE TABLE … FROM CONNECTOR ${connector} TOPIC '${declaration.topic}'; has the rows`,
        ]
      : [],
  };
}

/**
 * Of a cluster's connector a topic that it is to write is waited for: it may have been told to a moment ago, and what
 * it wrote before says nothing of that.
 */
async function topicsOf(
  connect: ConnectClient,
  connector: string,
  topic: string | null,
  services: Services,
): Promise<readonly SourceDeclaration[]> {
  if (connect.embedded !== undefined) return await connect.embedded.sourceDeclarations(connector, WAIT_MS);
  if (topic !== null && (await isToWrite(connect, connector, topic))) {
    const found = await clusterDeclarations(connect, connector, WAIT_MS, services, new Set([topic]));
    if (found.length > 0) return found;
  }
  return await clusterDeclarations(connect, connector, topic === null ? WAIT_MS : 0, services);
}

/** Whether a connector writes the topic, as far as its settings tell. */
async function isToWrite(connect: ConnectClient, connector: string, topic: string): Promise<boolean> {
  const config = await connect.config(connector);
  const prefix = config['topic.prefix'];
  return (
    config['topic'] === topic ||
    config['kafka.topic'] === topic ||
    // The embedded worker knows its tables and their topics.
    (connect.embedded === undefined && prefix !== undefined && prefix !== '' && topic.startsWith(prefix))
  );
}
