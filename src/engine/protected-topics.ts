import { matchesAny } from '../base/regex/name-pattern.ts';
import { KEYS } from '../config/keys.ts';
import { SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';
import type { Config } from '../base/config/config.ts';

/** Whether the topic is one of `ksql.protected.topics`. */
export function isProtected(topic: string, config: Config): boolean {
  return matchesAny(config.get(KEYS.protectedTopics), topic);
}

/**
 * Protects topics with contents that no statement may show: passwords of connectors, and everybody's statements and
 * schemas.
 * @throws SluiceError REJECTED
 */
export function checkNotProtected(topic: string, config: Config, span?: Span): void {
  if (!isProtected(topic, config)) return;
  throw new SluiceError(
    'REJECTED',
    `Topic '${topic}' is not for statements: it holds what this server keeps for itself`,
    {
      span,
      hint: 'SHOW CONNECTORS, DESCRIBE and SHOW QUERIES show what is in such topics, without secrets; ksql.protected.topics names them',
    },
  );
}

const TOPIC_SETTINGS = ['topics', 'topic', 'kafka.topic', 'errors.deadletterqueue.topic.name'];

/**
 * Which of a connector's settings name such topics; a Connect cluster does not know about them. One sentence each,
 * beginning with the setting.
 */
export function protectedTopicProblems(settings: Readonly<Record<string, string>>, config: Config): string[] {
  return TOPIC_SETTINGS.flatMap((key) =>
    (settings[key] ?? '')
      .split(',')
      .map((topic) => topic.trim())
      .filter((topic) => topic !== '' && isProtected(topic, config))
      .map((topic) => `${key} - Topic ${topic} holds what this server keeps for itself (ksql.protected.topics)`),
  );
}
