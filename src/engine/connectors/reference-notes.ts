import { must } from '../../base/assert.ts';
import { refersTo } from '../../base/secrets/references.ts';
import type { ConnectClient, ConnectorConfig } from '../../connect/client/api.ts';

/** Which settings are stored in clear in a cluster, because this server resolves them. */
export function referenceNotes({ embedded, references }: ConnectClient, config: ConnectorConfig): readonly string[] {
  if (embedded !== undefined) return [];
  const looked = references?.providers ?? [];
  const inClear = Object.keys(config).filter((key) => refersTo(must(config[key], 'element of config'), looked));
  return inClear.length === 0
    ? []
    : [
        `What this server looks up lies in clear in the Connect cluster's configuration topic, and its REST API shows it: ${inClear.join(', ')}`,
      ];
}
