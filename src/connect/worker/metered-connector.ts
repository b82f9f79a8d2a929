import type { ConnectorType } from '../client/api.ts';
import type { ConnectorRuntime } from './connector-runtime.ts';

/** A running connector and the metrics of its tasks. */
export interface MeteredConnector {
  readonly name: string;
  readonly className: string;
  readonly type: ConnectorType;
  readonly version: string;
  readonly tasks: ReturnType<ConnectorRuntime['meters']>;
  /** For a change-capture source: the kind of database, and the prefix of its topics. */
  readonly captures: { readonly plugin: string; readonly server: string } | undefined;
}

export function meteredConnector(name: string, runtime: ConnectorRuntime): MeteredConnector {
  const { plugin, settings } = runtime;
  const isCapture = plugin.className.startsWith('io.debezium.') || settings['mode'] === 'cdc';
  return {
    name,
    className: plugin.className,
    type: plugin.type,
    version: plugin.version,
    tasks: runtime.meters(),
    captures:
      plugin.type === 'source' && plugin.readings !== undefined && isCapture
        ? { plugin: 'postgres', server: settings['topic.prefix'] || name }
        : undefined,
  };
}
