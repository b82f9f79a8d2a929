import { matchesAny } from '../../base/regex/name-pattern.ts';
import { KEYS } from '../../config/keys.ts';
import { isStateTopic } from '../connector-state/sources.ts';
import { isProtected } from '../protected-topics.ts';
import type { Services } from '../services.ts';

interface TopicClaims {
  readonly isProtected: boolean;
  readonly written?: string | undefined;
  readonly declared?: string | undefined;
  readonly derived: readonly { readonly query: string; readonly topic: string }[];
}

/**
 * Who owns a topic according to SQL: a query that writes it (or the server itself), and streams and tables that were
 * declared over it.
 */
export function topicClaims(topic: string, { catalog, config }: Pick<Services, 'catalog' | 'config'>): TopicClaims {
  const { current } = catalog;
  const sources = current.sourcesOfTopic(topic);
  const query = sources.flatMap((s) => current.writersOf(s.name).filter((q) => q.type !== 'CREATE_SOURCE'))[0];
  const own = isReserved(topic, config.get(KEYS.readonlyTopics), config.get(KEYS.serviceId));
  const byHand = sources.find((s) => s.createdBy === undefined);
  return {
    isProtected: isProtected(topic, config) || isStateTopic(topic, config.get(KEYS.serviceId)),
    written: query ? `query ${query.id}, as ${query.sink}` : own ? 'the server itself' : undefined,
    derived: sources.flatMap((s) =>
      current.readersOf(s.name).flatMap((q) => {
        const sink = q.type === 'CREATE_SOURCE' || q.sink === undefined ? undefined : current.source(q.sink);
        return sink === undefined ? [] : [{ query: q.id, topic: sink.topic.name }];
      }),
    ),
    declared: byHand && `${byHand.kind.toLowerCase()} ${byHand.name}`,
  };
}

/** Topics of the server: those that nobody may write, and those in which its queries store state. */
export function isReserved(topic: string, patterns: readonly string[], serviceId: string): boolean {
  return topic.startsWith(`_confluent-ksql-${serviceId}`) || matchesAny(patterns, topic);
}
