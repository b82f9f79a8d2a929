import { Config } from '../../api/config-spec.ts';
import type { SourceImplementation, SourceTask, SourceTaskContext } from '../../api/connector.ts';
import type { Dialect } from './dialect.ts';
import { sourceContext } from './source-settings.ts';
import { DatabaseSourceTask } from './source-task.ts';
import { probe } from './source-probe.ts';
import { choose } from './source-choice.ts';
import { DatabaseSourceConnector } from './source-connector.ts';

/** A task of the kind that its mode requires. */
class TaskOfMode implements SourceTask {
  readonly #dialect: Dialect;
  #task: SourceTask | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    const { capture } = sourceContext(this.#dialect, config);
    this.#task = capture?.createTask(this.#dialect) ?? new DatabaseSourceTask(this.#dialect);
    await this.#task.start(config, context);
  }
  poll(): ReturnType<SourceTask['poll']> {
    return this.#task!.poll();
  }
  async commit(): Promise<void> {
    await this.#task!.commit?.();
  }
  async stop(): Promise<void> {
    await this.#task?.stop();
  }
}

export function sourceImplementation(dialect: Dialect): SourceImplementation {
  return {
    probe: (config, context) => probe(dialect, config, context),
    choose: (config, context) => choose(dialect, config, context),
    createConnector: () => new DatabaseSourceConnector(dialect),
    createTask: () => new TaskOfMode(dialect),
  };
}
