import { SluiceError } from '../../../base/errors.ts';
import { didYouMean, nearest } from '../../../base/suggest.ts';
import {
  MORE_CONNECTORS,
  type ConfigInfos,
  type ConnectClient,
  type ConnectorConfig,
  type ShortFormResult,
} from '../../../connect/client/api.ts';
import { connectError, guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { unresolvedReferences } from '../../connectors/cluster-references.ts';
import { withKeptSecrets } from '../../connectors/kept-secrets.ts';
import { classesLike, shortFormInstead } from '../../connectors/class-advice.ts';
import { foreignUrlAdvice } from '../../connectors/foreign-url.ts';
import { hiderOf, maskConfig, maskInfos } from '../../connectors/mask.ts';
import { strayConverterSettings } from '../../../connect/client/converter-settings.ts';
import { placeholderNotes } from '../../connectors/placeholder-notes.ts';
import { transformNotes, transformProblems, untransformed } from '../../connectors/transform-fields.ts';
import { referenceNotes } from '../../connectors/reference-notes.ts';
import { slotProblems } from '../../connectors/replication-slots.ts';
import { withSinkSources } from '../../connectors/sink-sources.ts';
import { policyOf, unknownSettings, type SettingProblem } from '../../connectors/unknown-settings.ts';
import { protectedTopicProblems } from '../../protected-topics.ts';
import type { Sandbox } from '../call.ts';
import { findConnector, requireConnect, toConfig } from './names.ts';
import { adviceOf, asWritten, invalidSettings, ofText, validationError, withoutEcho } from './problems.ts';

/** What validation already found out, so that execution need not repeat it. */
export interface CheckedConnector {
  readonly config: ConnectorConfig;
  /** The connector that receives these settings (CREATE OR REPLACE); undefined when it is new. */
  readonly replaces: string | undefined;
  /** Remarks in the answer. */
  readonly notes?: readonly string[];
}

/**
 * Checks a CREATE [OR REPLACE] CONNECTOR before anything of the script runs: short forms are expanded and Connect
 * validates the result; all problems are reported in one answer, one line each.
 * @param onInfos receives Connect's information on each setting, whatever the result
 * @throws SluiceError STATEMENT with every problem; CONFLICT when the name is taken
 */
export async function checkCreateConnector(
  statement: StatementOf<'CreateConnector'>,
  { services, session, world }: Sandbox,
  onInfos?: (infos: ConfigInfos) => void,
): Promise<CheckedConnector> {
  const connect = requireConnect(services);
  const existing = await findConnector(connect, statement.name.name);
  if (existing !== undefined && !statement.orReplace) {
    if (statement.ifNotExists) return { config: {}, replaces: undefined };
    throw new SluiceError('CONFLICT', `Connector ${statement.name.name} already exists`, {
      span: statement.name.span,
      hint: `CREATE OR REPLACE ${statement.type} CONNECTOR ${statement.name.written} …; changes it, CREATE ${statement.type} CONNECTOR IF NOT EXISTS ${statement.name.written} …; leaves it as it is, DROP CONNECTOR ${statement.name.written}; takes it away.`,
    });
  }
  const written = toConfig(statement.properties);
  const expanded = connect.embedded?.expandShortForm(written, statement.type === 'SOURCE' ? 'source' : 'sink') ?? {
    config: written,
    problems: [],
  };
  let config = expanded.config;
  const problems: SettingProblem[] = expanded.problems.map(ofText);
  const settings = await withSinkSources(config, services, world.catalog);
  if (problems.length === 0 || config['connector.class'] !== undefined) {
    config = settings.config;
    problems.push(...settings.problems.map(ofText));
  }
  let choices: readonly string[] = [];
  const leavesChoice =
    statement.type === 'SINK' || (written['connector'] !== undefined && written['mode'] === undefined);
  if (problems.length === 0 && leavesChoice) {
    const chosen = await chosenSettings(existing ?? statement.name.name, existing, config, connect);
    config = { ...config, ...chosen.settings };
    choices = chosen.notes;
  }
  if (existing !== undefined && problems.length === 0) {
    const kept = await replaced(existing, config, connect, statement);
    config = kept.config;
    problems.push(...kept.problems.map(ofText));
  }
  const connectorClass = config['connector.class'];
  if (connectorClass === undefined) {
    if (problems.length > 0) throw validationError(problems, statement);
    throw new SluiceError(
      'STATEMENT',
      `Validation error: Connector config ${JSON.stringify(await maskConfig(connect, config))} contains no connector type`,
      { span: statement.span, hint: classAdvice(written, connect) },
    );
  }
  if (connectorClass.trim() === '')
    throw new SluiceError('STATEMENT', 'Validation error: Connector type cannot be empty', { span: statement.span });
  await checkClass(connect, connectorClass, statement);
  checkDirection(connect, connectorClass, statement);
  let infos: ConfigInfos;
  try {
    const sent = { ...config, name: existing ?? statement.name.name };
    infos = await maskInfos(connect, await connect.validate(connectorClass, sent), config);
  } catch (error) {
    throw connectError(error, 'Failed to validate connector: ', await hiderOf(connect, config));
  }
  onInfos?.(infos);
  const type = statement.type === 'SOURCE' ? 'source' : 'sink';
  const unknown = unknownSettings(written, { connect, infos, config, type });
  const policy = policyOf(session.config(services.config), connect);
  if (policy === 'error') problems.unshift(...unknown);
  if (connect.embedded === undefined) problems.push(...protectedTopicProblems(config, services.config).map(ofText));
  // Whatever is missing in the short form or `sources` is missing in the long form too, but is reported once.
  const invalid = invalidSettings(infos);
  const inShort = expanded.problems.length > 0 || settings.problems.length > 0;
  const shortForm =
    (written['connector'] === undefined ? [] : connect.embedded?.describePlugin(connectorClass)?.shortForm) ?? [];
  const isWritten = ({ key }: SettingProblem): boolean =>
    written[key] !== undefined || shortForm.some((s) => s.sets.includes(key) && written[s.name] !== undefined);
  problems.push(...(inShort ? invalid.filter(isWritten) : invalid));
  const unresolved = await unresolvedReferences(connect, config);
  problems.push(...unresolved.problems);
  if (problems.length > 0) {
    const rewritten = withoutEcho(asWritten(problems, written, shortForm), unknown);
    const refused = rewritten.some(
      ({ key, text }) =>
        /(?:^|\.)url$/.test(key) && /Invalid value (?!.*(?:annot reach|annot connect|Did you mean))/.test(text),
    );
    const other = refused ? await foreignUrlAdvice(written, type, connect) : undefined;
    throw validationError(rewritten, statement, adviceOf(infos, shortForm), [
      ...(other === undefined ? [] : [other]),
      ...(infos.hints ?? []),
    ]);
  }
  const shared = await guarded(
    () => slotProblems(connect, existing ?? statement.name.name, config),
    'Failed to validate connector: ',
  );
  if (shared.length > 0) throw validationError(shared.map(ofText), statement);
  const misnamed = transformProblems(
    config,
    world.catalog,
    type === 'source' ? await untransformed(existing ?? statement.name.name, config, connect) : undefined,
  );
  if (misnamed.length > 0) throw validationError(misnamed, statement);
  return {
    config,
    replaces: existing,
    notes: [
      ...choices,
      ...(policy === 'warn' ? unknown.map((p) => p.text) : []),
      ...referenceNotes(connect, config),
      ...transformNotes(existing ?? statement.name.name, config, world.catalog),
      ...placeholderNotes(config, world.catalog, written),
      ...unresolved.notes,
      // The embedded worker reports this itself.
      ...(connect.embedded === undefined ? strayConverterSettings(config) : []),
    ],
  };
}

/**
 * The settings that a short form leaves to the connector; earlier choices are kept. For a sink, also what it would
 * create.
 */
async function chosenSettings(
  name: string,
  existing: string | undefined,
  config: ConnectorConfig,
  connect: ConnectClient,
): Promise<{ readonly settings: ConnectorConfig; readonly notes: readonly string[] }> {
  if (connect.embedded === undefined) return { settings: {}, notes: [] };
  let kept: ConnectorConfig = {};
  if (existing !== undefined) {
    const current = await guarded(() => connect.config(existing), 'Failed to replace connector: ');
    const isQuery = 'query' in config;
    // A query is read differently from tables.
    if (current['connector.class'] === config['connector.class'] && 'query' in current === isQuery) {
      const keys = isQuery ? CHOSEN_FOR_QUERY.filter((key) => !(key in config)) : ['mode'];
      kept = Object.fromEntries(keys.filter((key) => key in current).map((key) => [key, current[key]!]));
      if (!isQuery) return { settings: kept, notes: [] };
    }
  }
  const chosen = await connect.embedded.choose(name, { ...config, ...kept });
  return { settings: { ...kept, ...chosen.settings }, notes: chosen.notes };
}

/** Kept for a query; its mode is determined from the named columns each time. */
const CHOSEN_FOR_QUERY = ['topic.prefix', 'sql.name.prefix'];

/** The settings that replace a connector's, completed with its secrets. */
async function replaced(
  existing: string,
  written: ConnectorConfig,
  connect: ConnectClient,
  statement: StatementOf<'CreateConnector'>,
): Promise<ShortFormResult> {
  const { config: current, type } = await guarded(() => connect.info(existing), 'Failed to replace connector: ');
  if (type !== 'unknown' && type !== statement.type.toLowerCase())
    throw new SluiceError(
      'CONFLICT',
      `Connector ${existing} is a ${type} connector: it cannot be replaced by a ${statement.type.toLowerCase()}`,
      {
        span: statement.name.span,
        hint: `DROP CONNECTOR ${existing}; or another name.`,
      },
    );
  const masked = await maskConfig(connect, written);
  const isSecret = Object.entries(written).some(([key, value]) => masked[key] !== value);
  return withKeptSecrets(written, current, await maskConfig(connect, current), isSecret);
}

async function checkClass(
  connect: ConnectClient,
  connectorClass: string,
  statement: StatementOf<'CreateConnector'>,
): Promise<void> {
  // The embedded worker knows aliases; the list of plugins is requested only if it does not know the name.
  if (connect.embedded && connect.embedded.describePlugin(connectorClass) !== undefined) return;
  const plugins = await guarded(() => connect.plugins(true), 'Failed to list connector plugins: ');
  const names = plugins.map((p) => p.class);
  const matches = names.some(
    (n) =>
      n === connectorClass ||
      n.split('.').at(-1) === connectorClass ||
      n
        .split('.')
        .at(-1)
        ?.replace(/Connector$/, '') === connectorClass,
  );
  if (matches) return;
  const simple = names.map((n) => n.split('.').at(-1)!);
  const near = didYouMean(connectorClass, [...names, ...simple, ...simple.map((n) => n.replace(/Connector$/, ''))]);
  const type = statement.type === 'SOURCE' ? 'source' : 'sink';
  const instead = shortFormInstead(connectorClass, type, toConfig(statement.properties), names, connect);
  throw new SluiceError(
    'STATEMENT',
    `Validation error: connector.class - Failed to find any class that implements Connector and which name matches ${connectorClass}, available connectors are: ${available(connectorClass, names)}`,
    {
      span: statement.properties.find((p) => p.key.toLowerCase() === 'connector.class')?.span ?? statement.span,
      hint: near ?? instead ?? MORE_CONNECTORS,
    },
  );
}

/** The classes that may be meant; all only where they are few. */
function available(connectorClass: string, names: readonly string[]): string {
  if (names.length <= 6) return names.toSorted().join(', ');
  const like = classesLike(connectorClass, names).slice(0, 6);
  const rest = `${like.length === 0 ? 'the' : 'of'} ${names.length} that SHOW CONNECTOR PLUGINS; lists`;
  return like.length === 0 ? rest : `${like.join(', ')} (${rest})`;
}

/** Advice on the name of a connector's class, or on what was written instead. */
function classAdvice(written: ConnectorConfig, connect: ConnectClient): string {
  const near = nearest(
    'connector.class',
    Object.keys(written).filter((key) => key.length > 6),
  );
  if (near !== undefined) return `${near} is no setting: did you mean connector.class?`;
  return `Name the plugin: 'connector.class'='...' (SHOW CONNECTOR PLUGINS lists them)${
    connect.embedded
      ? ", or connector='postgres' for the short form."
      : ". Short forms (connector='postgres') are the embedded worker's; this is a Connect cluster."
  }`;
}

/** Checks that a sink is not used as a source, or the reverse. @throws SluiceError STATEMENT */
function checkDirection(
  connect: ConnectClient,
  connectorClass: string,
  statement: StatementOf<'CreateConnector'>,
): void {
  const type = connect.embedded?.describePlugin(connectorClass)?.type.toUpperCase();
  if (type === undefined || type === statement.type) return;
  throw new SluiceError(
    'STATEMENT',
    `Validation error: connector.class - ${connectorClass} is a ${type.toLowerCase()} connector, and this is CREATE ${statement.type} CONNECTOR`,
    {
      span: statement.properties.find((p) => p.key === 'connector.class')?.span ?? statement.span,
      hint: `CREATE ${type} CONNECTOR ${statement.name.written} WITH (…);`,
    },
  );
}
