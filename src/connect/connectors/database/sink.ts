import type { Config, ConfigProblem, RawConfig } from '../../api/config-spec.ts';
import type { SinkConnector, SinkImplementation } from '../../api/connector.ts';
import { targetOf } from './connecting.ts';
import type { Dialect } from './dialect.ts';
import { DatabaseSinkTask } from './sink-task.ts';

class DatabaseSinkConnector implements SinkConnector {
  private raw: RawConfig = {};
  async start(config: Config): Promise<void> {
    this.raw = config.raw;
  }
  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    return Array.from({ length: maxTasks }, () => this.raw);
  }
  async stop(): Promise<void> {}
}

async function probe(dialect: Dialect, config: Config): Promise<readonly ConfigProblem[]> {
  const target = targetOf(dialect, config);
  try {
    const connection = await dialect.connect(target, 'sluice-validate');
    await connection.end();
    return [];
  } catch (error) {
    return [dialect.errors.problem(error, target)];
  }
}

export function sinkImplementation(dialect: Dialect): SinkImplementation {
  return {
    probe: (config) => probe(dialect, config),
    createConnector: () => new DatabaseSinkConnector(),
    createTask: () => new DatabaseSinkTask(dialect),
  };
}
