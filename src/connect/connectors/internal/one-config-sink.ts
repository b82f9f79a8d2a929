import type { Config, RawConfig } from '../../api/config-spec.ts';
import type { SinkConnector } from '../../api/connector.ts';

/** Plans the work of a sink whose tasks all have the connector's own settings: the worker shares the partitions. */
export class OneConfigSinkConnector implements SinkConnector {
  #raw: RawConfig = {};
  async start(config: Config): Promise<void> {
    this.#raw = config.raw;
  }
  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    return Array.from({ length: maxTasks }, () => this.#raw);
  }
  async stop(): Promise<void> {}
}
