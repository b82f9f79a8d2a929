import type { Logger } from '../../../base/env.ts';
import { messageOf } from '../../../base/errors.ts';
import type { TaskContext } from '../../api/connector.ts';
import type { Converter } from '../../api/converter.ts';
import { accused } from './blame.ts';
import { ErrorPolicy, type Stage } from './error-policy.ts';
import { taskClass } from '../plugins/plugin-catalog.ts';
import { ThreadConverter } from './apart-converter.ts';
import { Foresight } from './foresight.ts';
import { createConverter, createHeaderConverter, createTransforms } from './pipeline.ts';
import type { TransformChain } from './transform-chain.ts';
import { RecordRetry } from './record-retry.ts';
import { retryingFor, type Retrying } from './retrying.ts';
import { TaskControl } from './task-control.ts';
import type { TaskHost, TaskSpec } from './task-host.ts';

/** What a running task of either kind works with: external control, converters and transforms, rules for errors. */
export class TaskSite {
  readonly control: TaskControl;
  readonly host: TaskHost;
  readonly spec: TaskSpec;
  readonly logger: Logger;
  readonly retrying: Retrying;
  readonly policy: ErrorPolicy;
  readonly transforms: TransformChain | undefined;
  readonly keys: Converter;
  readonly values: Converter;
  /** undefined: header values are texts. */
  readonly headers: Converter | undefined;
  readonly recordRetry: RecordRetry;
  /** Present when some of them run in other threads. */
  readonly foresight: Foresight | undefined;

  /** `retryFirstMs`: the first pause before a call is repeated. */
  constructor(host: TaskHost, spec: TaskSpec, paused: boolean, retryFirstMs: number) {
    const { env, catalog } = host;
    const { converters } = spec.framework;
    this.host = host;
    this.spec = spec;
    this.control = new TaskControl(paused);
    this.logger = env.logger.child({ connector: spec.connector, task: spec.taskId });
    this.retrying = retryingFor(spec, { env, control: this.control, logger: this.logger, firstMs: retryFirstMs });
    this.policy = new ErrorPolicy(spec, this.logger);
    this.keys = createConverter(converters.key, true, catalog, this);
    this.values = createConverter(converters.value, false, catalog, this);
    this.headers = createHeaderConverter(converters.header, catalog, this);
    const byBatch = [this.keys, this.values, this.headers].some((c) => c instanceof ThreadConverter);
    this.transforms = createTransforms(spec.framework, catalog, env.clock, { task: this, byBatch });
    this.foresight = Foresight.of(this);
    this.recordRetry = new RecordRetry(env, spec.framework.errors);
  }

  /** The context that every task receives, source or sink. */
  taskContext(): TaskContext {
    const { host, spec } = this;
    return {
      connector: spec.connector,
      taskId: spec.taskId,
      env: { ...host.env, logger: this.logger },
      signal: this.control.signal,
      trouble: (error) => this.trouble(error),
      raiseError: accused(),
    };
  }

  /** Records the topics that the connector uses. */
  async usesTopic(topic: string): Promise<void> {
    const { connector, taskId } = this.spec;
    if (await this.host.store.addActiveTopic(connector, taskId, topic))
      this.host.tell({ kind: 'knowledge', connector });
  }

  /** The class at work in a stage, as Connect names it. */
  classOf(stage: Stage): string {
    const { catalog } = this.host;
    const { connectorClass, converters } = this.spec.framework;
    switch (stage) {
      case 'KEY_CONVERTER':
      case 'VALUE_CONVERTER': {
        const { className } = stage === 'KEY_CONVERTER' ? converters.key : converters.value;
        return catalog.converterNamed(className)?.className ?? className;
      }
      case 'HEADER_CONVERTER':
        return converters.header.className;
      case 'TRANSFORMATION':
        return this.transforms?.lastClass ?? '';
      case 'TASK_PUT':
        // For a task's report about a record, Connect gives the name of its interface.
        return 'org.apache.kafka.connect.sink.SinkTask';
      case 'TASK_POLL':
      case 'KAFKA_PRODUCE':
        return taskClass(catalog.classNamed(connectorClass));
      default:
        return stage satisfies never;
    }
  }

  /** The pause before a record is handled again; undefined: it has failed. */
  retryOf(error: unknown): (() => Promise<void>) | undefined {
    const pauseMs = this.recordRetry.pauseAfter(error);
    if (pauseMs === undefined) return undefined;
    this.spec.totals.retries++;
    this.logger.warn(`Task ${this.spec.connector}-${this.spec.taskId} tries a record again: ${messageOf(error)}`);
    this.trouble(error);
    return async () => {
      await this.host.env.timers.sleep(pauseMs, this.control.signal);
    };
  }

  /** Called when a record has been handled. */
  handled(): void {
    if (!this.recordRetry.isRetrying) return;
    this.recordRetry.done();
    if (!this.control.stopped) this.spec.onState(this.control.paused ? 'PAUSED' : 'RUNNING');
  }

  /** Reports an error after which the task retries by itself. */
  trouble(error: unknown): void {
    if (!this.control.stopped) this.spec.onState(this.control.paused ? 'PAUSED' : 'RUNNING', error);
  }
}
