import { must } from '../../../base/assert.ts';
import type { ConnectClient } from '../../../connect/client/api.ts';
import { SluiceError } from '../../../base/errors.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { Source } from '../../../catalog/source.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { formatBareName, formatName } from '../../../sql/printer/names.ts';
import { formatStatement } from '../../../sql/printer/statement.ts';
import { automaticSources, checkNotRead, dropAutomaticSources, dropDependents } from '../../connectors/terminate.ts';
import { identified, journaled } from '../../connectors/drop-journal.ts';
import { deleteTopic, topicUsers } from '../../connectors/topic-users.ts';
import type { Services } from '../../services.ts';
import type { Answer, Call } from '../call.ts';
import { findConnector, requireConnect, unknownConnector } from './names.ts';
import { whileStopped } from './stopped.ts';

/**
 * DROP CONNECTOR keeps topics, offsets and declared sources, and reports them. With TERMINATE the connector's offsets
 * are deleted (stop, delete offsets, delete: KIP-875) and the sources that were declared for it are dropped; with
 * DELETE TOPICS the topics that it wrote are deleted too. Fails before any change when a query still reads one of those
 * sources, or something else uses one of those topics.
 */
export async function dropConnector(statement: StatementOf<'DropConnector'>, call: Call): Promise<Answer> {
  const { services } = call;
  const connect = requireConnect(services);
  const found = await findConnector(connect, statement.name.name);
  if (found === undefined) {
    const left = statement.terminate ? connect.embedded?.leftovers() : undefined;
    const name = Object.keys(left ?? {}).find((n) => n.toUpperCase() === statement.name.name.toUpperCase());
    if (name !== undefined) {
      await connect.embedded!.forgetLeftovers(name);
      return { kind: 'drop_connector', connectorName: name, droppedSources: [], notes: must(left![name], 'notes') };
    }
    if (statement.ifExists)
      return { kind: 'warning_entity', message: `Connector '${statement.name.name}' does not exist.` };
    throw await unknownConnector(connect, statement.name, 'Failed to drop connector: ');
  }
  const sources = await declaredFor(found, connect, services);
  const isSource = (await guarded(() => connect.info(found), 'Failed to drop connector: ')).type !== 'sink';
  if (!statement.terminate) {
    await guarded(() => connect.delete(found), 'Failed to drop connector: ');
    return {
      kind: 'drop_connector',
      connectorName: found,
      droppedSources: [],
      notes: [...remainingNotes(sources), ...(connect.embedded?.leftovers()[found] ?? [])],
    };
  }
  const topics = isSource ? await topicsWritten(connect, found, services) : [];
  if (!statement.cascade) checkNotRead(services.catalog.current, found, sources);
  if (statement.deleteTopics) await checkTopics(found, isSource, topics, sources, services);
  const drop = {
    connector: found,
    statement: formatStatement(statement),
    cascade: statement.cascade,
    sources: sources.map(({ name }) => name),
    topics: statement.deleteTopics ? await identified(topics, services) : [],
  };
  return await journaled(drop, services, () => terminate(statement, call, { connect, found, sources, topics }));
}

/**
 * The sources that were declared for it. They refer to it by name, and the server's own worker may have a connector of
 * the same name: then only those over topics that it has written.
 */
async function declaredFor(name: string, connect: ConnectClient, services: Services): Promise<readonly Source[]> {
  const sources = automaticSources(services.catalog.current, name);
  const own = services.elsewhere?.own;
  if (sources.length === 0 || own === undefined || (await findConnector(own, name)) !== name) return sources;
  const topics = await connect.topics(name).catch((): string[] => []);
  return sources.filter((source) => topics.includes(source.topic.name));
}

interface Terminated {
  readonly connect: ConnectClient;
  readonly found: string;
  readonly sources: readonly Source[];
  /** The topics that it wrote. */
  readonly topics: readonly string[];
}

async function terminate(
  statement: StatementOf<'DropConnector'>,
  call: Call,
  { connect, found, sources, topics }: Terminated,
): Promise<Answer> {
  const { services } = call;
  const cascaded = statement.cascade ? await dropDependents(services, call.session, sources) : [];
  const answer = await whileStopped(connect, found, services, 'Failed to delete connector offsets: ', () =>
    connect.deleteOffsets(found),
  );
  // Connect's message is followed by what the connector did in its source.
  const forgotten = answer.split('\n').slice(1);
  await guarded(() => connect.delete(found), 'Failed to drop connector: ');
  const dropped = await dropAutomaticSources(services, call.session, sources);
  if (statement.deleteTopics) for (const topic of topics) await deleteTopic(topic, services);
  const notes =
    topics.length === 0
      ? []
      : statement.deleteTopics
        ? [`Deleted with it: ${topics.length === 1 ? 'topic' : 'topics'} ${topics.join(', ')}`]
        : [
            `${topics.length === 1 ? 'Topic' : 'Topics'} ${topics.join(', ')} ${topics.length === 1 ? 'stays' : 'stay'} with all records: created again, the connector reads its source ` +
              `from the beginning and writes behind them. ${topics.map((t) => `DROP TOPIC ${formatBareName(t)};`).join(' ')}`,
          ];
  return {
    kind: 'drop_connector',
    connectorName: found,
    droppedSources: dropped,
    notes: [...droppedNotes(cascaded), ...notes, ...forgotten],
  };
}

function droppedNotes(cascaded: readonly string[]): readonly string[] {
  return cascaded.length === 0 ? [] : [`What hung on it: ${cascaded.join(' ')}`];
}

function remainingNotes(sources: readonly Source[]): readonly string[] {
  if (sources.length === 0) return [];
  const one = sources.length === 1;
  return [
    `${sources.map((s) => `${s.kind.toLowerCase()} ${s.name}`).join(', ')} ${one ? 'stays' : 'stay'}, with ${one ? 'its topic' : 'their topics'}: ` +
      sources.map((s) => `DROP ${s.kind} ${formatName(s.name)};`).join(' '),
  ];
}

/** The topics of a source that exist. */
async function topicsWritten(connect: ConnectClient, name: string, services: Services): Promise<readonly string[]> {
  const written = connect.embedded?.remembered(name).topics ?? (await connect.topics(name).catch(() => []));
  const all = new Set((await services.log.admin.listTopics()).map((t) => t.name));
  // A topic that another connector has taken over belongs to that one.
  return written.filter((t) => all.has(t) && (connect.embedded?.writerOf(t) ?? name) === name);
}

async function checkTopics(
  connector: string,
  isSource: boolean,
  topics: readonly string[],
  sources: readonly Source[],
  services: Services,
): Promise<void> {
  if (!isSource)
    throw new SluiceError('STATEMENT', `${connector} is a sink: it writes no topics that could be deleted with it`, {
      hint: `DROP CONNECTOR ${connector} TERMINATE;`,
    });
  for (const topic of topics) {
    const users = await topicUsers(topic, services, { sources, connector });
    if (users.length > 0)
      throw new SluiceError(
        'STATEMENT',
        `Cannot delete topic ${topic} of connector ${connector}: ${users.map((u) => u.split(':')[0]).join('; ')}`,
        {
          hint: `${users.map((u) => u.slice(u.indexOf(':') + 2)).join(' ')} or DROP CONNECTOR ${connector} TERMINATE; which keeps the topics.`,
        },
      );
  }
}
