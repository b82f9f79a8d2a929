import type { Logger } from '../../../base/env.ts';
import { messageOf } from '../../../base/errors.ts';
import { ConnectError, DataError, RetriableError } from '../../api/errors.ts';
import type { ErrorSettings } from '../config/framework-settings.ts';
import type { TaskSpec, TaskTotals } from './task-host.ts';
import type { TaskMeter } from './task-meter.ts';

/** Where a record failed, in Connect's terms, as in the headers of dead letters. */
export type Stage =
  | 'TRANSFORMATION'
  | 'KEY_CONVERTER'
  | 'VALUE_CONVERTER'
  | 'HEADER_CONVERTER'
  | 'TASK_PUT'
  | 'TASK_POLL'
  | 'KAFKA_PRODUCE';

export interface FailedRecord {
  readonly stage: Stage;
  readonly error: unknown;
  /** The failing class: that of the converter, transform or task. */
  readonly className: string;
  readonly topic: string | undefined;
  readonly partition?: number | undefined;
  readonly offset?: number | undefined;
}

/** The most characters of a reason that are kept. */
const REASON_MAX = 500;

/** Applies `errors.*` to a record that cannot be converted or transformed. */
export class ErrorPolicy {
  readonly settings: ErrorSettings;
  readonly #totals: TaskTotals;
  readonly #meter: TaskMeter;
  readonly #logger: Logger;
  readonly #hide: TaskSpec['hide'];

  constructor(
    { framework, totals, meter, hide }: Pick<TaskSpec, 'framework' | 'totals' | 'meter' | 'hide'>,
    logger: Logger,
  ) {
    this.settings = framework.errors;
    this.#totals = totals;
    this.#meter = meter;
    this.#logger = logger;
    this.#hide = hide;
  }

  /** Returns when the record may be skipped. @throws ConnectError when the task must fail */
  onFailure(failed: FailedRecord): void {
    this.#totals.failures++;
    this.#totals.lastFailure = this.#hide(messageOf(failed.error)).slice(0, REASON_MAX);
    this.#meter.failed({ isSkipped: this.settings.isTolerant, isLogged: this.settings.isLogged });
    const place = {
      stage: failed.stage,
      ...(this.settings.isPlaceLogged && { topic: failed.topic, partition: failed.partition, offset: failed.offset }),
    };
    if (this.settings.isLogged) this.#logger.error(`Error while handling a record: ${messageOf(failed.error)}`, place);
    if (!this.settings.isTolerant) {
      const where =
        failed.offset === undefined
          ? (failed.topic ?? 'the source')
          : `${failed.topic}, partition ${failed.partition}, offset ${failed.offset}`;
      // Names the transform if there are several.
      const stage = failed.stage === 'TRANSFORMATION' ? `${failed.stage} by ${failed.className}` : failed.stage;
      throw new ConnectError(`Tolerance exceeded in error handler (${stage}, ${where}): ${messageOf(failed.error)}`, {
        cause: failed.error,
      });
    }
  }

  /** Headers of a dead letter, in Connect's order. */
  deadLetterHeaders(failed: FailedRecord, connector: string, task: number): { key: string; value: Buffer | null }[] {
    if (this.settings.deadLetters?.hasContextHeaders !== true) return [];
    const { error } = failed;
    const message = this.#hide(messageOf(error));
    const text = (name: string, value: string | number | undefined): { key: string; value: Buffer | null } => ({
      key: `__connect.errors.${name}`,
      value: value === undefined ? null : Buffer.from(String(value)),
    });
    return [
      text('topic', failed.topic),
      text('partition', failed.partition),
      text('offset', failed.offset),
      text('connector.name', connector),
      text('task.id', task),
      text('stage', failed.stage),
      text('class.name', failed.className),
      text('exception.class.name', javaClass(error)),
      text('exception.message', message),
      text('exception.stacktrace', `${javaClass(error)}: ${message}${framesOf(error)}`),
    ];
  }
}

/** The exception class that Kafka Connect would report: readers of dead letters use it to decide what to do. */
function javaClass(error: unknown): string {
  const errors = 'org.apache.kafka.connect.errors';
  if (error instanceof DataError) return `${errors}.DataException`;
  if (error instanceof RetriableError) return `${errors}.RetriableException`;
  if (error instanceof ConnectError) return `${errors}.ConnectException`;
  // SQLSTATE has five characters.
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return 'java.sql.SQLException';
  return error instanceof TypeError ? 'java.lang.ClassCastException' : 'java.lang.RuntimeException';
}

function framesOf(error: unknown): string {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return frames.map((frame) => `\n\t${frame.trim()}`).join('');
}
