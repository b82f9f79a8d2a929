import { KEYS } from '../../config/keys.ts';
import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { isReserved } from '../connectors/topic-claims.ts';
import { deleteTopic, topicUsers } from '../connectors/topic-users.ts';
import type { ResultBody } from '../results.ts';
import type { Services } from '../services.ts';

/**
 * DROP TOPIC: deletes the topic and its records if nothing reads or writes it.
 * @throws SluiceError NOT_FOUND, or REJECTED naming everything that uses it
 */
export async function dropTopic(statement: StatementOf<'DropTopic'>, services: Services): Promise<ResultBody> {
  const { topic, span } = statement;
  const { admin } = services.log;
  if (isReserved(topic, services.config.get(KEYS.readonlyTopics), services.config.get(KEYS.serviceId)))
    throw new SluiceError('REJECTED', `Cannot drop topic ${topic}: it is the server's own`, { span });
  if ((await admin.describeTopic(topic)) === undefined) {
    if (statement.ifExists) return { kind: 'warning_entity', message: `Topic ${topic} does not exist.` };
    throw new SluiceError('NOT_FOUND', `Topic ${topic} does not exist`, {
      span,
      hint:
        didYouMean(
          topic,
          (await admin.listTopics()).map((t) => t.name),
        ) ?? 'SHOW TOPICS; lists the topics.',
    });
  }
  const users = await topicUsers(topic, services);
  if (users.length > 0)
    throw new SluiceError('REJECTED', `Cannot drop topic ${topic}: ${users.map((u) => u.split(':')[0]).join('; ')}`, {
      span,
      hint: [
        ...new Set(users.flatMap((u) => u.slice(u.indexOf(':') + 2).split(/(?<=;) /))),
        `DROP TOPIC '${topic}';`,
      ].join(' '),
    });
  await deleteTopic(topic, services);
  return { kind: 'topic_dropped', topicName: topic, message: `Dropped topic ${topic}` };
}
