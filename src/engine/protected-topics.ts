import { SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';
import type { Config } from './config/config.ts';

/** Whether it is one of `ksql.protected.topics`. */
export function isProtected(topic: string, config: Config): boolean {
  return config.list('ksql.protected.topics').some((pattern) => new RegExp(`^(?:${pattern})$`).test(topic));
}

/**
 * Topics that hold what no statement may show: passwords of connectors, the statements and schemas of everybody.
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
