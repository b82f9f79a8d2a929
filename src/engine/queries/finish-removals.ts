import { messageOf } from '../../base/errors.ts';
import { consumerGroup, internalTopicsOf } from '../../dataflow/names.ts';
import { KEYS } from '../../config/keys.ts';
import type { Command } from '../command.ts';
import type { Services } from '../services.ts';
import { carryOutAfter } from '../statements/carry-out.ts';

/**
 * Objects that commands have removed, gathered while commands are replayed at the start. A command is written first and
 * its objects are removed afterwards, so a server that dies or stops in between leaves topics, offsets and state
 * behind.
 */
export class Removals {
  /** All queries that ever existed. */
  readonly #queries = new Set<string>();
  #drops: Command[] = [];

  /** Must be told of each command in force, in order. */
  take(command: Command): void {
    for (const change of command.changes) if (change.kind === 'AddQuery') this.#queries.add(change.query.id);
    if (command.deletes !== undefined) this.#drops.push(command);
  }

  /**
   * Removes what is left. Newer objects with old names are kept: a topic that was created again has another id, and
   * query ids are unique. Never rejects.
   */
  async finish(services: Services): Promise<void> {
    const { log, env } = services;
    try {
      for (const id of services.catalog.current.queries.keys()) this.#queries.delete(id);
      if (this.#queries.size === 0 && this.#drops.length === 0) return;
      const topics = new Map((await log.admin.listTopics()).map((topic) => [topic.name, topic.id]));
      for (const drop of this.#drops) {
        const { topic, topicId } = drop.deletes!;
        if (topicId === undefined || topics.get(topic) !== topicId) continue;
        await carryOutAfter(drop, services);
        env.logger.info('A topic was deleted whose DROP was not finished before', { topic });
      }
      await this.#finishQueries([...topics.keys()], services);
    } catch (error) {
      env.logger.warn('What was dropped before is not all gone; the next start tries again', {
        error: messageOf(error),
      });
    }
  }

  async #finishQueries(topics: readonly string[], services: Services): Promise<void> {
    const { log, env, config, dropState } = services;
    const serviceId = config.get(KEYS.serviceId);
    const groups = new Set(await log.admin.listGroups());
    for (const id of this.#queries) {
      await dropState?.(`${id}/`);
      const group = consumerGroup(serviceId, id);
      if (groups.has(group)) await log.admin.deleteGroup(group);
      for (const topic of internalTopicsOf(topics, serviceId, id, services.catalog.current.queries.keys())) {
        await log.admin.deleteTopic(topic);
        env.logger.info('A topic was deleted whose query had been dropped before', { topic });
      }
    }
  }
}
