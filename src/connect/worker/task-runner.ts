import type { Logger } from '../../base/env.ts';
import type { Converter } from '../api/converter.ts';
import { ErrorPolicy } from './error-policy.ts';
import { createConverter, createTransforms, type TransformChain } from './pipeline.ts';
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

  /** `retryFirstMs`: the first pause before a call is made again. */
  constructor(host: TaskHost, spec: TaskSpec, paused: boolean, retryFirstMs: number) {
    const { env, catalog, workerDefaults } = host;
    this.host = host;
    this.spec = spec;
    this.control = new TaskControl(paused);
    this.logger = env.logger.child({ connector: spec.connector, task: spec.taskId });
    this.retrying = retryingFor(spec, { env, control: this.control, logger: this.logger, firstMs: retryFirstMs });
    this.policy = new ErrorPolicy(spec.raw, spec.totals, this.logger);
    this.transforms = createTransforms(spec.raw, catalog);
    this.keys = createConverter('key', spec.raw, workerDefaults, catalog);
    this.values = createConverter('value', spec.raw, workerDefaults, catalog);
  }

  /** Resolves when the task was stopped or has failed; the status has been told. Never rejects. */
  abstract run(): Promise<void>;
}
