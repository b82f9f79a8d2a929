import { pino, type Logger as Pino } from 'pino';
import type { Logger } from '../base/env.ts';
import { visibleText } from '../base/visible-text.ts';

/**
 * Structured JSON lines, appended to `file` or else written to stderr (stdout belongs to the console). `level`: debug,
 * info, warn, error or silent.
 */
export function createLogger(level: string, file?: string): Logger {
  const lines =
    file === undefined
      ? pino.destination({ fd: 2, sync: true })
      : pino.destination({ dest: file, sync: true, mkdir: true, mode: 0o600 });
  // What a caller sent may stand in a line, which somebody reads on a terminal: escapes leave the JSON the same.
  const destination = { write: (line: string): void => void lines.write(visibleText(line)) };
  return wrap(pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination));
}

function wrap(logger: Pino): Logger {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}
