import type { Logger } from '../../base/env.ts';
import { messageOf } from '../../base/errors.ts';
import type { Converter } from '../api/converter.ts';
import { ErrorPolicy, type Stage } from './error-policy.ts';
import { SIMPLE_HEADER_CONVERTER, taskClass } from './plugin-catalog.ts';
import { createConverter, createHeaderConverter, createTransforms, type TransformChain } from './pipeline.ts';
import { RecordRetry } from './record-retry.ts';
import { retryingFor, type Retrying } from './retrying.ts';
import { TaskControl } from './task-control.ts';
import type { TaskHost, TaskSpec } from './task-host.ts';

/** What a running task has, whichever way its records go: control from outside, converters and transforms, rules for errors. */
export abstract class TaskRunner {
  readonly control: TaskControl;
  protected readonly host: TaskHost;
  protected readonly spec: TaskSpec;
  protected readonly logger: Logger;
  protected readonly retrying: Retrying;
  protected readonly policy: ErrorPolicy;
  protected readonly transforms: TransformChain | undefined;
  protected readonly keys: Converter;
  protected readonly values: Converter;
  /** undefined: header values are texts. */
  protected readonly headers: Converter | undefined;
  protected readonly recordRetry: RecordRetry;

  /** `retryFirstMs`: the first pause before a call is made again. */
  constructor(host: TaskHost, spec: TaskSpec, paused: boolean, retryFirstMs: number) {
    const { env, catalog, workerDefaults } = host;
    this.host = host;
    this.spec = spec;
    this.control = new TaskControl(paused);
    this.logger = env.logger.child({ connector: spec.connector, task: spec.taskId });
    this.retrying = retryingFor(spec, { env, control: this.control, logger: this.logger, firstMs: retryFirstMs });
    this.policy = new ErrorPolicy(spec, this.logger);
    this.transforms = createTransforms(spec.raw, catalog);
    this.keys = createConverter('key', spec.raw, workerDefaults, catalog);
    this.values = createConverter('value', spec.raw, workerDefaults, catalog);
    this.headers = createHeaderConverter(spec.raw, workerDefaults, catalog);
    this.recordRetry = new RecordRetry(env, this.policy);
  }

  /** The class that was at work in a stage, by the name that Connect has for it. */
  protected classOf(stage: Stage): string {
    const { catalog, workerDefaults } = this.host;
    const { raw } = this.spec;
    switch (stage) {
      case 'KEY_CONVERTER':
      case 'VALUE_CONVERTER': {
        const setting = stage === 'KEY_CONVERTER' ? 'key.converter' : 'value.converter';
        const name = raw[setting] ?? workerDefaults[setting] ?? '';
        return catalog.converterNamed(name)?.className ?? name;
      }
      case 'HEADER_CONVERTER':
        return raw['header.converter'] ?? workerDefaults['header.converter'] ?? SIMPLE_HEADER_CONVERTER;
      case 'TRANSFORMATION':
        return this.transforms?.lastClass ?? '';
      case 'TASK_PUT':
      case 'TASK_POLL':
      case 'KAFKA_PRODUCE':
        return taskClass(catalog.classNamed(raw['connector.class'] ?? ''));
      default:
        return stage satisfies never;
    }
  }

  /** The wait before a record is handled again; undefined: it has failed. */
  protected retryOf(error: unknown): (() => Promise<void>) | undefined {
    const pauseMs = this.recordRetry.pauseAfter(error);
    if (pauseMs === undefined) return undefined;
    this.spec.totals.retries++;
    this.logger.warn(`Task ${this.spec.connector}-${this.spec.taskId} tries a record again: ${messageOf(error)}`);
    this.trouble(error);
    return async () => {
      await this.host.env.timers.sleep(pauseMs, this.control.signal);
    };
  }

  /** A record has been handled. */
  protected handled(): void {
    if (!this.recordRetry.isRetrying) return;
    this.recordRetry.done();
    if (!this.control.stopped) this.spec.onState(this.control.paused ? 'PAUSED' : 'RUNNING');
  }

  /** What the task tries again by itself. */
  protected trouble(error: unknown): void {
    if (!this.control.stopped) this.spec.onState(this.control.paused ? 'PAUSED' : 'RUNNING', error);
  }

  /** Resolves when the task was stopped or has failed; the status has been told. Never rejects. */
  abstract run(): Promise<void>;
}
