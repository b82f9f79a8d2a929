import { must } from '../../base/assert.ts';
import { REFERENCE } from '../../base/secrets/references.ts';
import type { ConnectClient, ConnectorConfig } from '../../connect/client/api.ts';
import type { SettingProblem } from './unknown-settings.ts';

/** Providers that this server has, under the names that Kafka's own have in most workers too. */
const KNOWN = ['secret', 'vault', 'env', 'file', 'dir', 'directory'];

/**
 * References that a cluster's workers leave unresolved, because they have no such provider, or the provider no such
 * key. Kafka's ConfigTransformer does not report this, and the connector would log in with the text of the reference.
 * The cluster's validation resolves references, so a setting that comes back unchanged was not resolved.
 * @returns problems for well-known providers; with another name it may be ordinary text that looks like a reference
 */
export async function unresolvedReferences(
  connect: ConnectClient,
  config: ConnectorConfig,
): Promise<{ readonly problems: readonly SettingProblem[]; readonly notes: readonly string[] }> {
  const found = referencesIn(config, connect.references?.providers ?? []);
  if (connect.embedded !== undefined || found.length === 0) return { problems: [], notes: [] };
  const left = await leftAsTheyAre(connect, config['connector.class'] ?? '', [
    ...new Set(found.map(({ reference }) => reference)),
  ]);
  const unresolved = found.filter(({ reference }) => left.has(reference));
  const isKnown = ({ provider }: Found): boolean => KNOWN.includes(provider);
  return {
    problems: unresolved.filter(isKnown).map(({ key, reference, provider }) => ({
      key,
      text: `${key} - The workers of the Connect cluster do not look ${reference} up: ${
        ['secret', 'vault'].includes(provider)
          ? `they have no provider ${provider}`
          : `they have no provider ${provider}, or it has no such key`
      }. The connector would get the text as it stands. Name it in config.providers of the workers, or let this server look it up: ksql.connect.resolve.secrets='${provider}' (resolve.secrets of CREATE CONNECT CLUSTER)`,
    })),
    notes: unresolved
      .filter((one) => !isKnown(one))
      .map(
        ({ key, reference }) =>
          `The workers of the Connect cluster do not look ${reference} of ${key} up: the connector gets the text as it stands`,
      ),
  };
}

interface Found {
  readonly key: string;
  readonly reference: string;
  readonly provider: string;
}

/** The references that are not resolved by this server. */
function referencesIn(config: ConnectorConfig, here: readonly string[]): readonly Found[] {
  return Object.entries(config).flatMap(([key, text]) =>
    [...text.matchAll(REFERENCE)]
      .map((match) => ({ key, reference: match[0], provider: must(match[1], 'group 1 of the match') }))
      .filter(({ provider }) => !here.includes(provider)),
  );
}

/** Connect's validation returns settings with references resolved; that of the name is always in clear. */
async function leftAsTheyAre(
  connect: ConnectClient,
  connectorClass: string,
  references: readonly string[],
): Promise<ReadonlySet<string>> {
  const infos = await connect.validate(connectorClass, { name: references.join(' ') }).catch(() => undefined);
  const shown = infos?.configs.find(({ value }) => value.name === 'name')?.value.value ?? '';
  return new Set(references.filter((reference) => shown.includes(reference)));
}
