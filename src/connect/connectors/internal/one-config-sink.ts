import type { Config, RawConfig } from '../../api/config-spec.ts';
import type { SinkConnector } from '../../api/connector.ts';

/** Plans a sink whose tasks all have the connector's own settings: the worker distributes the partitions. */
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
