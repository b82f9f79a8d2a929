import type { Logger } from '../../base/env.ts';

/** A logger whose warnings and errors are also passed to a listener. */
export function overheard(logger: Logger, heard: (level: 'WARN' | 'ERROR', text: string) => void): Logger {
  return {
    debug: (message, fields) => logger.debug(message, fields),
    info: (message, fields) => logger.info(message, fields),
    warn: (message, fields) => {
      heard('WARN', message);
      logger.warn(message, fields);
    },
    error: (message, fields) => {
      heard('ERROR', message);
      logger.error(message, fields);
    },
    child: (fields) => overheard(logger.child(fields), heard),
  };
}
