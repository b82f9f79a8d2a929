import { must } from '../../base/assert.ts';
import { refersTo } from '../../base/secrets/references.ts';
import type { ConnectClient, ConnectorConfig } from '../../connect/client/api.ts';

/** Providers that this server has and a Connect cluster has only where it is configured so, under whatever name. */
const OWN = ['secret', 'vault'];

/** What becomes of the references in settings for a cluster: where they are looked up, and what lies in clear then. */
export function referenceNotes({ embedded, references }: ConnectClient, config: ConnectorConfig): readonly string[] {
  if (embedded !== undefined) return [];
  const looked = references?.providers ?? [];
  const keysOf = (providers: readonly string[]): string =>
    Object.keys(config)
      .filter((key) => refersTo(must(config[key], 'element of config'), providers))
      .join(', ');
  const inClear = keysOf(looked);
  const through = keysOf(OWN.filter((provider) => !looked.includes(provider)));
  return [
    ...(inClear === ''
      ? []
      : [
          `What this server looks up lies in clear in the Connect cluster's configuration topic, and its REST API shows it: ${inClear}`,
        ]),
    ...(through === ''
      ? []
      : [
          `References go to the Connect cluster as they are written: ${through}. Its workers need a provider of that name (config.providers), or ksql.connect.resolve.secrets (resolve.secrets of CREATE CONNECT CLUSTER) lets this server look them up`,
        ]),
  ];
}
