import { SluiceError } from '../../../base/errors.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { deadLetters, deadLetterTopic, retryDeadLetters } from '../../connectors/dead-letters.ts';
import { sinkTopics } from '../../connectors/sink-sources.ts';
import { topicReaders } from '../../connectors/topic-users.ts';
import type { Services } from '../../services.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, resolveName } from './names.ts';

/** The number of dead letters that SHOW DEAD LETTERS returns without LIMIT. */
const SHOWN = 20;

export async function listDeadLetters(statement: StatementOf<'ListDeadLetters'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const { config } = await guarded(() => connect.info(name), 'Failed to describe connector: ');
  const topic = deadLetterTopic(name, config);
  const { where, limit } = statement;
  const { letters, notes } = await deadLetters(topic, name, { where, limit: limit ?? SHOWN }, call.services);
  const unknown = letters.filter((l) => l.originalTopic === null).length;
  return {
    kind: 'dead_letters',
    connectorName: name,
    topic,
    letters,
    notes: [
      ...notes,
      ...(unknown === 0
        ? []
        : [
            `${unknown} of them ${unknown === 1 ? 'does' : 'do'} not say where ${unknown === 1 ? 'it' : 'they'} came from and why: ALTER CONNECTOR ${name} SET ('errors.deadletterqueue.context.headers.enable'='true'); for those to come`,
          ]),
    ],
  };
}

/** Sends dead letters again, after their cause was fixed. One that fails again becomes a new dead letter. */
export async function retryLetters(statement: StatementOf<'RetryDeadLetters'>, call: Call): Promise<Answer> {
  const { services } = call;
  const connect = requireConnect(services);
  const name = await resolveName(connect, statement.name);
  const { config, type } = await guarded(() => connect.info(name), 'Failed to describe connector: ');
  const topic = deadLetterTopic(name, config);
  if (type === 'source')
    throw new SluiceError(
      'STATEMENT',
      `${name} is a source: its dead letters are rows that it could not read or write`,
      {
        span: statement.span,
        hint: 'Rows that are changed in the source are read again by themselves.',
      },
    );
  const others = await otherReaders(sinkTopics(config), name, services);
  if (others.length > 0)
    throw new SluiceError(
      'STATEMENT',
      `The dead letters of ${name} would go back to topics that others read too, for whom they were no dead letters: ${others.join('; ')}`,
      {
        span: statement.span,
        hint: `A sink of its own over topic ${topic}, with the transforms and the target of ${name}, handles them without a second look of the others.`,
      },
    );
  const { sent, left, unchosen, topics, notes } = await retryDeadLetters(topic, name, statement.where, services);
  return {
    kind: 'connector_changed',
    connectorName: name,
    message:
      sent === 0
        ? `No dead letters of ${name} to send again${unchosen === 0 ? '' : `: WHERE chooses none of ${unchosen}`}`
        : `Sent ${sent} dead ${sent === 1 ? 'letter' : 'letters'} of ${name} again, to ${topics.join(', ')}`,
    notes: [
      ...notes,
      ...(sent > 0
        ? [
            `What ${name} cannot handle again becomes a dead letter again: SHOW DEAD LETTERS OF ${name}; shows the new ones`,
          ]
        : []),
      ...(sent > 0 && unchosen > 0
        ? [`${unchosen} that WHERE does not choose ${unchosen === 1 ? 'stays' : 'stay'}`]
        : []),
      ...(left === 0
        ? []
        : [
            `${left} more in ${topic} ${left === 1 ? 'stays' : 'stay'} there: of another connector, without headers that say where they came from, or the topic is gone`,
          ]),
    ],
  };
}

/**
 * Queries over streams, and other connectors, which treat each record as new. A table's queries recognize a known row.
 */
async function otherReaders(topics: readonly string[], name: string, services: Services): Promise<readonly string[]> {
  const catalog = services.catalog.current;
  const found: string[] = [];
  for (const topic of topics) {
    for (const source of catalog.sourcesOfTopic(topic)) {
      if (source.kind !== 'STREAM') continue;
      for (const query of catalog.readersOf(source.name)) found.push(`query ${query.id} reads ${source.name}`);
    }
    for (const other of await topicReaders(topic, services, name)) found.push(`connector ${other} reads ${topic}`);
  }
  return found;
}
