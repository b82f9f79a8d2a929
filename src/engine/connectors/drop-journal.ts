import { messageOf } from '../../base/errors.ts';
import { COMMAND_VERSION, type Command, type ConnectorDrop } from '../command.ts';
import type { Services } from '../services.ts';
import { Session } from '../session.ts';
import { findConnector } from '../statements/connectors/names.ts';
import { whileStopped } from '../statements/connectors/stopped.ts';
import { automaticSources, dropAutomaticSources, dropDependents } from './terminate.ts';
import { deleteTopic } from './topic-users.ts';

/** What a DROP CONNECTOR is about to delete, and the statement. */
export type BegunDrop = Omit<ConnectorDrop, 'stage'> & { readonly statement: string };

/**
 * Runs a DROP CONNECTOR between two commands. If a server dies or stops in between, only the first exists, and the next
 * start continues.
 * @throws the error of `action`, after which the drop has ended too
 */
export async function journaled<T>(drop: BegunDrop, services: Services, action: () => Promise<T>): Promise<T> {
  await announce(drop, 'begun', services);
  try {
    return await action();
  } finally {
    await announce(drop, 'ended', services).catch((error: unknown) => {
      // When a server is closing, this is left to the next start.
      services.env.logger.warn('The end of a DROP CONNECTOR could not be written', {
        connector: drop.connector,
        error: messageOf(error),
      });
    });
  }
}

/** Drops of connectors, gathered while commands are replayed at the start. */
export class ConnectorDrops {
  readonly #begun = new Map<string, BegunDrop>();

  /** Must be told of each command in force, in order. */
  take({ connectorDrop, statement }: Command): void {
    if (connectorDrop === undefined) return;
    if (connectorDrop.stage === 'begun') this.#begun.set(connectorDrop.connector, { ...connectorDrop, statement });
    else this.#begun.delete(connectorDrop.connector);
  }

  /** Completes the drops that have begun and not ended. Never rejects. */
  async finish(services: Services): Promise<void> {
    for (const drop of this.#begun.values()) {
      try {
        await finishOne(drop, services);
        services.env.logger.info('A DROP CONNECTOR was finished that had begun before', { connector: drop.connector });
      } catch (error) {
        services.env.logger.warn('A DROP CONNECTOR that had begun before is not finished; the next start tries again', {
          connector: drop.connector,
          error: messageOf(error),
        });
      }
    }
    this.#begun.clear();
  }
}

async function finishOne(drop: BegunDrop, services: Services): Promise<void> {
  const { connect, log, catalog } = services;
  const session = new Session();
  const sources = automaticSources(catalog.current, drop.connector).filter(({ name }) => drop.sources.includes(name));
  if (drop.cascade) await dropDependents(services, session, sources);
  if (connect !== undefined && (await findConnector(connect, drop.connector)) !== undefined) {
    await whileStopped(connect, drop.connector, services, '', () => connect.deleteOffsets(drop.connector));
    await connect.delete(drop.connector);
  }
  await dropAutomaticSources(services, session, sources);
  const topics = new Map((await log.admin.listTopics()).map(({ name, id }) => [name, id]));
  for (const { topic, topicId } of drop.topics)
    if (topicId !== undefined && topics.get(topic) === topicId) await deleteTopic(topic, services);
  await announce(drop, 'ended', services);
}

async function announce(
  { statement, ...drop }: BegunDrop,
  stage: ConnectorDrop['stage'],
  services: Services,
): Promise<void> {
  const command: Command = {
    version: COMMAND_VERSION,
    id: `connector/${drop.connector}/drop`,
    statement,
    changes: [],
    properties: {},
    connectorDrop: { ...drop, stage },
    message: `Connector ${drop.connector}: DROP ${stage}`,
  };
  // A command of another server in between does not affect this one.
  for (;;) {
    const appended = await services.commands.append(command, services.commands.newest);
    if (appended.kind === 'APPLIED') return;
    if (appended.kind === 'REFUSED') throw appended.error;
  }
}

/** The topics with their ids, which distinguish them from later ones of the same name. */
export async function identified(topics: readonly string[], services: Services): Promise<ConnectorDrop['topics']> {
  if (topics.length === 0) return [];
  const ids = new Map((await services.log.admin.listTopics()).map(({ name, id }) => [name, id]));
  return topics.map((topic) => ({ topic, topicId: ids.get(topic) }));
}
