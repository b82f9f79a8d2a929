import type { ConnectorType } from '../client/api.ts';
import type { ConnectorRuntime } from './connector-runtime.ts';

/** A connector that has a runtime here, with what was counted of its tasks. */
export interface MeteredConnector {
  readonly name: string;
  readonly className: string;
  readonly type: ConnectorType;
  readonly version: string;
  readonly tasks: ReturnType<ConnectorRuntime['meters']>;
  /** Of a source that captures changes: the database's kind, and what its topics begin with. */
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
