import type { Logger } from '../../base/env.ts';

/** A logger whose warnings and errors are also passed to a listener. */
export function overheard(logger: Logger, onMessage: (level: 'WARN' | 'ERROR', text: string) => void): Logger {
  return {
    debug: (message, fields) => logger.debug(message, fields),
    info: (message, fields) => logger.info(message, fields),
    warn: (message, fields) => {
      onMessage('WARN', message);
      logger.warn(message, fields);
    },
    error: (message, fields) => {
      onMessage('ERROR', message);
      logger.error(message, fields);
    },
    child: (fields) => overheard(logger.child(fields), onMessage),
  };
}
