import type { Clock, LogFields, Logger } from '../../../base/env.ts';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'OFF'] as const;
export type Level = (typeof LEVELS)[number];

export interface LevelInfo {
  readonly level: Level;
  /** ms since the epoch; null until somebody has set it. */
  readonly last_modified: number | null;
}

/** The log levels of GET and PUT /admin/loggers: `root`, and names below it that a PUT created. */
export class LoggerLevels {
  readonly #levels = new Map<string, LevelInfo>([['root', { level: 'INFO', last_modified: null }]]);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  all(): Record<string, LevelInfo> {
    return Object.fromEntries([...this.#levels].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  get(name: string): LevelInfo | undefined {
    return this.#levels.get(name);
  }

  /** Returns the names whose level changed; undefined when the level does not exist. */
  set(name: string, level: string): string[] | undefined {
    const wanted = level.toUpperCase() as Level;
    if (!LEVELS.includes(wanted)) return undefined;
    const info: LevelInfo = { level: wanted, last_modified: this.#clock.nowMs() };
    const changed = [...this.#levels.keys()].filter((n) => n === name || n.startsWith(`${name}.`));
    if (!changed.includes(name)) changed.push(name);
    for (const n of changed) this.#levels.set(n, info);
    return changed.sort();
  }

  allows(level: Level): boolean {
    return LEVELS.indexOf(level) >= LEVELS.indexOf(this.#levels.get('root')!.level);
  }

  /** A logger that obeys the root level. */
  filter(logger: Logger): Logger {
    const through =
      (level: Level, write: (message: string, fields?: LogFields) => void) => (message: string, fields?: LogFields) => {
        if (this.allows(level)) write(message, fields);
      };
    return {
      debug: through('DEBUG', (m, f) => logger.debug(m, f)),
      info: through('INFO', (m, f) => logger.info(m, f)),
      warn: through('WARN', (m, f) => logger.warn(m, f)),
      error: through('ERROR', (m, f) => logger.error(m, f)),
      child: (fields) => this.filter(logger.child(fields)),
    };
  }
}
