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

/** How long is waited for what a connector says of its topics, in ms. */
const WAIT_MS = 5000;

/**
 * CREATE STREAM | TABLE name FROM CONNECTOR: what is declared for a topic by itself, under a name and as a kind of the
 * user's.
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
  const known = await guarded(() => topicsOf(connect, connector, services), 'Failed to describe connector: ');
  const topics = known.map((d) => d.topic);
  const declaration =
    statement.topic === null
      ? known.length === 1
        ? known[0]
        : undefined
      : known.find((d) => d.topic === statement.topic);
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
  const text = declarationStatement(undefined, { ...declaration, isTable }, name);
  const message = await services.runStatement(text.replace(' IF NOT EXISTS', ''), new Session());
  return {
    kind: 'connector_changed',
    connectorName: connector,
    message,
    declared: [{ topic: declaration.topic, name, statement: text, note: declaration.note ?? null }],
  };
}

async function topicsOf(
  connect: ConnectClient,
  connector: string,
  services: Services,
): Promise<readonly SourceDeclaration[]> {
  return connect.embedded === undefined
    ? await clusterDeclarations(connect, connector, WAIT_MS, services)
    : await connect.embedded.sourceDeclarations(connector, WAIT_MS);
}
