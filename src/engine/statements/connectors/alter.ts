import { didYouMean } from '../../../base/suggest.ts';
import type { ConnectClient, ConnectorConfig, ShortFormResult } from '../../../connect/client/api.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { DECLARATION_WAIT_MS, declareSources } from '../../connectors/declare-sources.ts';
import { unresolvedReferences } from '../../connectors/cluster-references.ts';
import { withSecretsInPlace } from '../../connectors/kept-secrets.ts';
import { hiderOf, maskConfig, maskInfos } from '../../connectors/mask.ts';
import { strayConverterSettings } from '../../../connect/client/converter-settings.ts';
import { placeholderNotes } from '../../connectors/placeholder-notes.ts';
import { transformNotes, transformProblems, untransformed } from '../../connectors/transform-fields.ts';
import { referenceNotes } from '../../connectors/reference-notes.ts';
import { withSinkSources } from '../../connectors/sink-sources.ts';
import { policyOf, unknownSettings, type SettingProblem } from '../../connectors/unknown-settings.ts';
import { protectedTopicProblems } from '../../protected-topics.ts';
import type { Services } from '../../services.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, resolveName, toConfig } from './names.ts';
import { adviceOf, asWritten, invalidSettings, ofText, validationError, withoutEcho } from './problems.ts';

/**
 * ALTER CONNECTOR: changes some settings of a connector. @throws SluiceError NOT_FOUND, or STATEMENT with every
 * problem
 */
export async function alterConnector(statement: StatementOf<'AlterConnector'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const current = await guarded(() => connect.config(name), 'Failed to alter connector: ');
  const written = toConfig(statement.properties);
  const missing = statement.reset.filter((key) => current[key] === undefined);
  if (missing.length > 0)
    throw validationError(
      missing.map((key) => notSet(key, name, current)),
      statement,
    );
  const { config: merged, problems } = await altered(current, written, statement.reset, connect, call.services);
  if (problems.length > 0) throw validationError(problems.map(ofText), statement);
  const connectorClass = merged['connector.class'] ?? '';
  const infos = await guarded(
    async () => maskInfos(connect, await connect.validate(connectorClass, { ...merged, name }), merged),
    'Failed to alter connector: ',
    () => hiderOf(connect, merged, current),
  );
  const type =
    connect.embedded?.describePlugin(connectorClass)?.type ??
    (await guarded(() => connect.info(name), 'Failed to alter connector: ')).type;
  const short = connect.embedded === undefined ? written : { connector: '', ...written };
  const unknown = unknownSettings(short, {
    connect,
    infos,
    config: merged,
    type: type === 'source' || type === 'sink' ? type : undefined,
  });
  const policy = policyOf(call.session.config(call.services.config), connect);
  const guarding = connect.embedded === undefined ? protectedTopicProblems(merged, call.services.config) : [];
  const unresolved = await unresolvedReferences(connect, merged);
  const invalid = [
    ...(policy === 'error' ? unknown : []),
    ...invalidSettings(infos),
    ...guarding.map(ofText),
    ...unresolved.problems,
  ];
  if (invalid.length > 0) {
    const described = connect.embedded?.describePlugin(connectorClass);
    const shortForm = described?.shortForm ?? [];
    throw validationError(
      withoutEcho(asWritten(invalid, written, shortForm), unknown),
      statement,
      adviceOf(infos, shortForm),
      infos.hints,
    );
  }
  if (Object.keys(written).some((key) => key.startsWith('transforms'))) {
    const before = type === 'source' ? await untransformed(name, merged, connect) : undefined;
    const misnamed = transformProblems(merged, call.services.catalog.current, before);
    if (misnamed.length > 0) throw validationError(misnamed, statement);
  }
  await guarded(
    () => connect.putConfig(name, merged),
    'Failed to alter connector: ',
    () => hiderOf(connect, merged, current),
  );
  const declared = type === 'source' ? await declareSources(connect, name, DECLARATION_WAIT_MS, call.services) : [];
  return {
    kind: 'connector_changed',
    connectorName: name,
    message: `Altered connector ${name}`,
    // Earlier declarations are not reported.
    declared: declared.filter(
      (d) => d.statement !== null || d.note?.endsWith('declared over this topic already') === false,
    ),
    notes: [
      ...(policy === 'warn' ? unknown.map((p) => p.text) : []),
      ...referenceNotes(connect, merged),
      ...transformNotes(name, merged, call.services.catalog.current),
      ...placeholderNotes(merged, call.services.catalog.current, written),
      ...unresolved.notes,
      // The embedded worker reports this itself.
      ...(connect.embedded === undefined ? strayConverterSettings(merged) : []),
      ...(connect.embedded?.remarks(name) ?? []),
    ],
  };
}

/** The config with the changes, which may use short forms as in CREATE. `sources` replaces the topics. */
async function altered(
  current: ConnectorConfig,
  written: ConnectorConfig,
  reset: readonly string[],
  connect: ConnectClient,
  services: Services,
): Promise<ShortFormResult> {
  const changes = connect.embedded?.expandChanges(written, current) ?? { config: written, problems: [] };
  const kept = { ...current };
  for (const key of reset) delete kept[key];
  if ('sources' in changes.config) {
    delete kept['topics'];
    delete kept['topics.regex'];
  }
  const merged = { ...kept, ...changes.config };
  if (changes.problems.length > 0) return changes;
  // The embedded worker masks what it returns, and restores what comes back itself.
  if (connect.embedded !== undefined) return await withSinkSources(merged, services);
  const { config, problems } = withSecretsInPlace(current, await maskConfig(connect, current), merged);
  return problems.length > 0 ? { config, problems } : await withSinkSources(config, services);
}

/** Reports a setting to be removed that is not in the config. */
function notSet(key: string, name: string, current: ConnectorConfig): SettingProblem {
  const near = didYouMean(key, Object.keys(current));
  return { key, text: `${key} - not set for connector ${name}${near === undefined ? '' : `. ${near}`}` };
}
