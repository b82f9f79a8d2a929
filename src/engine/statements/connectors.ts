import { isSluiceError, messageOf, SluiceError, type ErrorCode } from '../../base/errors.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { didYouMean, nearest } from '../../base/suggest.ts';
import {
  ConnectRequestError,
  ConnectUnreachableError,
  MORE_CONNECTORS,
  type ConfigInfos,
  type ConnectClient,
  type ConnectorConfig,
  type ConnectorStatus,
  type ShortFormResult,
} from '../../connect/client/api.ts';
import type { ConnectorName, ConnectorProperty } from '../../sql/ast/connectors.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { maskConfig } from '../connectors/mask.ts';
import { declareSources } from '../connectors/declare-sources.ts';
import { policyOf, unknownSettings, type SettingProblem } from '../connectors/unknown-settings.ts';
import { slotProblems } from '../connectors/replication-slots.ts';
import { sinkSettings } from '../connectors/sink-settings.ts';
import { dropAutomaticSources, automaticSources, checkNotRead } from '../connectors/terminate.ts';
import type { ConnectorDescription, ConnectorSummary, ResultBody } from '../results.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import { describeSource } from './source-description.ts';

/** How long CREATE SOURCE CONNECTOR waits for a blessed connector to say which topics it writes, in ms. */
const DECLARATION_WAIT_MS = 10_000;
/** How long DROP ... TERMINATE waits for a connector to be stopped, in ms. */
const STOP_WAIT_MS = 30_000;

interface Call {
  readonly services: Services;
  readonly session: Session;
  /** What the statement sees: in a script, with the effects of the statements before it. */
  readonly catalog?: Catalog | undefined;
}

/** What the validation phase may already know, so that execution does not ask twice. */
export interface CheckedConnector {
  readonly config: ConnectorConfig;
  /** What the answer says beside. */
  readonly notes?: readonly string[];
}

export function requireConnect(services: Services): ConnectClient {
  if (services.connect) return services.connect;
  throw new SluiceError('CONNECT_UNAVAILABLE', 'No Kafka Connect worker is configured', {
    hint: 'Remove ksql.connect.url=none, or set ksql.connect.url to the URL of a Connect cluster.',
  });
}

/**
 * Checks a CREATE CONNECTOR before anything of the script runs: short forms are expanded and Connect validates the result, all problems
 * in one answer, one line each.
 * @throws SluiceError STATEMENT with every problem; CONFLICT when the name is taken
 */
export async function checkCreateConnector(
  statement: StatementOf<'CreateConnector'>,
  call: Call,
): Promise<CheckedConnector> {
  const connect = requireConnect(call.services);
  const existing = await findConnector(connect, statement.name.name);
  if (existing !== undefined) {
    if (statement.ifNotExists) return { config: {} };
    throw new SluiceError('CONFLICT', `Connector ${statement.name.name} already exists`, {
      span: statement.name.span,
      hint: `CREATE ${statement.type} CONNECTOR IF NOT EXISTS, DROP CONNECTOR, or another name.`,
    });
  }
  const written = toConfig(statement.properties);
  const expanded = connect.embedded?.expandShortForm(written, statement.type === 'SOURCE' ? 'source' : 'sink') ?? {
    config: written,
    problems: [],
  };
  let config = expanded.config;
  const problems: SettingProblem[] = expanded.problems.map(ofText);
  const settings = await sinkSettings(config, call.services, call.catalog);
  if (problems.length === 0 || config['connector.class'] !== undefined) {
    config = settings.config;
    problems.push(...settings.problems.map(ofText));
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
    infos = await connect.validate(connectorClass, { ...config, name: statement.name.name });
  } catch (error) {
    throw connectError(error, 'Failed to validate connector: ');
  }
  const unknown = unknownSettings(written, {
    connect,
    infos,
    config,
    type: statement.type === 'SOURCE' ? 'source' : 'sink',
  });
  const policy = policyOf(call.session.config(call.services.config), connect);
  if (policy === 'error') problems.unshift(...unknown);
  // What the short form and `sources` ask for is missing in the long form as well: said once.
  const invalid = invalidSettings(infos);
  const inShort = expanded.problems.length > 0 || settings.problems.length > 0;
  problems.push(...(inShort ? invalid.filter((p) => written[p.key] !== undefined) : invalid));
  if (problems.length > 0) throw validationError(problems, statement);
  const shared = await guarded(
    () => slotProblems(connect, statement.name.name, config),
    'Failed to validate connector: ',
  );
  if (shared.length > 0) throw validationError(shared.map(ofText), statement);
  return { config, notes: policy === 'warn' ? unknown.map((p) => p.text) : [] };
}

export async function createConnector(
  statement: StatementOf<'CreateConnector'>,
  call: Call,
  checked: CheckedConnector,
): Promise<ResultBody & { readonly notes?: readonly string[] }> {
  const connect = requireConnect(call.services);
  const { name } = statement.name;
  if (statement.ifNotExists && (await findConnector(connect, name)) !== undefined) {
    return { kind: 'warning_entity', message: `Connector ${name} already exists` };
  }
  try {
    const info = await connect.create(name, checked.config);
    const declared =
      statement.type === 'SOURCE' ? await declareSources(connect, name, DECLARATION_WAIT_MS, call.services) : [];
    return {
      kind: 'connector_info',
      info: {
        ...info,
        config: await maskConfig(connect, info.config),
        type: info.type === 'unknown' ? (statement.type === 'SOURCE' ? 'source' : 'sink') : info.type,
      },
      declared,
      notes: [
        ...(checked.notes ?? []),
        ...(declared.length === 0 && statement.type === 'SOURCE' ? await silenceOf(connect, name, checked, call) : []),
      ],
    };
  } catch (error) {
    if (error instanceof ConnectRequestError && error.status === 409) {
      throw new SluiceError('CONFLICT', `Connector ${name} already exists`, { span: statement.name.span });
    }
    throw connectError(error, 'Failed to create connector: ');
  }
}

/** Why nothing was declared over the topics of a cluster's new source: it has failed, or written nothing yet. */
async function silenceOf(
  connect: ConnectClient,
  name: string,
  { config }: CheckedConnector,
  { services }: Call,
): Promise<readonly string[]> {
  if (connect.embedded !== undefined || config['sql.declare'] === 'false') return [];
  const status = await connect.status(name).catch(() => undefined);
  const failed = [status?.connector, ...(status?.tasks ?? [])].find((part) => part?.state === 'FAILED');
  if (failed !== undefined) {
    const reason = failed.trace?.split('\n', 1)[0];
    return [
      `${name} was created, and has failed${reason ? `: ${reason}` : ''}. DESCRIBE CONNECTOR ${name}; shows all.`,
    ];
  }
  const later = services.config.boolean('ksql.connect.polling.enable')
    ? ' Its topics are declared when they come.'
    : '';
  return [`${name} was created, and has written no records yet.${later}`];
}

export async function alterConnector(
  statement: StatementOf<'AlterConnector'>,
  call: Call,
): Promise<ResultBody & { readonly notes?: readonly string[] }> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const current = await guarded(() => connect.config(name), 'Failed to alter connector: ');
  const written = toConfig(statement.properties);
  const { config: merged, problems } = await altered(current, written, connect, call.services);
  if (problems.length > 0) throw validationError(problems.map(ofText), statement);
  const connectorClass = merged['connector.class'] ?? '';
  const infos = await connect.validate(connectorClass, { ...merged, name });
  const type = connect.embedded?.describePlugin(connectorClass)?.type;
  const short = connect.embedded === undefined ? written : { connector: '', ...written };
  const unknown = unknownSettings(short, {
    connect,
    infos,
    config: merged,
    type: type === 'source' || type === 'sink' ? type : undefined,
  });
  const policy = policyOf(call.session.config(call.services.config), connect);
  const invalid = [...(policy === 'error' ? unknown : []), ...invalidSettings(infos)];
  if (invalid.length > 0) throw validationError(invalid, statement);
  await guarded(() => connect.putConfig(name, merged), 'Failed to alter connector: ');
  return {
    kind: 'connector_changed',
    connectorName: name,
    message: `Altered connector ${name}`,
    notes: policy === 'warn' ? unknown.map((p) => p.text) : [],
  };
}

/** The config with the changes, which may be as short as those of CREATE. `sources` replaces the topics. */
async function altered(
  current: ConnectorConfig,
  written: ConnectorConfig,
  connect: ConnectClient,
  services: Services,
): Promise<ShortFormResult> {
  const changes = connect.embedded?.expandChanges(written, current) ?? { config: written, problems: [] };
  const kept = { ...current };
  if ('sources' in changes.config) {
    delete kept['topics'];
    delete kept['topics.regex'];
  }
  const merged = { ...kept, ...changes.config };
  return changes.problems.length > 0 ? changes : await sinkSettings(merged, services);
}

export async function restartConnector(statement: StatementOf<'RestartConnector'>, call: Call): Promise<ResultBody> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const { task } = statement;
  if (task === null) {
    await guarded(
      () => connect.restart(name, { includeTasks: true, onlyFailed: false }),
      'Failed to restart connector: ',
    );
    return { kind: 'connector_changed', connectorName: name, message: `Restarted connector ${name}` };
  }
  await guarded(() => connect.restartTask(name, task), 'Failed to restart connector: ');
  return { kind: 'connector_changed', connectorName: name, message: `Restarted task ${task} of connector ${name}` };
}

export async function pauseConnector(statement: StatementOf<'PauseConnector'>, call: Call): Promise<ResultBody> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  await guarded(() => connect.pause(name), 'Failed to pause connector: ');
  return { kind: 'connector_changed', connectorName: name, message: `Paused connector ${name}` };
}

export async function resumeConnector(statement: StatementOf<'ResumeConnector'>, call: Call): Promise<ResultBody> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  await guarded(() => connect.resume(name), 'Failed to resume connector: ');
  return { kind: 'connector_changed', connectorName: name, message: `Resumed connector ${name}` };
}

/**
 * DROP CONNECTOR keeps topics, offsets and declared sources. With TERMINATE the connector's offsets are forgotten (stop, delete offsets,
 * delete: KIP-875) and the sources that were declared for it are dropped; topics stay. Fails before anything changes when a query
 * still reads one of those.
 */
export async function dropConnector(statement: StatementOf<'DropConnector'>, call: Call): Promise<ResultBody> {
  const connect = requireConnect(call.services);
  const found = await findConnector(connect, statement.name.name);
  if (found === undefined) {
    if (statement.ifExists)
      return { kind: 'warning_entity', message: `Connector '${statement.name.name}' does not exist.` };
    throw await unknownConnector(connect, statement.name, 'Failed to drop connector: ');
  }
  if (!statement.terminate) {
    await guarded(() => connect.delete(found), 'Failed to drop connector: ');
    return { kind: 'drop_connector', connectorName: found, droppedSources: [] };
  }
  const sources = automaticSources(call.services.catalog.current, found);
  checkNotRead(call.services.catalog.current, found, sources);
  await guarded(() => connect.stop(found), 'Failed to stop connector: ');
  await forgetOffsets(connect, found, call.services);
  await guarded(() => connect.delete(found), 'Failed to drop connector: ');
  const dropped = await dropAutomaticSources(call.services, call.session, sources);
  return { kind: 'drop_connector', connectorName: found, droppedSources: dropped };
}

/** The state STOPPED is reached some time after the request: Connect refuses offset changes until then. */
async function forgetOffsets(connect: ConnectClient, name: string, services: Services): Promise<void> {
  const deadline = services.env.clock.monotonicMs() + STOP_WAIT_MS;
  for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
    try {
      const status = await connect.status(name);
      if (status.connector.state === 'STOPPED' || services.env.clock.monotonicMs() > deadline) {
        await connect.deleteOffsets(name);
        return;
      }
    } catch (error) {
      if (services.env.clock.monotonicMs() > deadline)
        throw connectError(error, 'Failed to delete connector offsets: ');
    }
    await services.env.timers.sleep(wait);
  }
}

export async function listConnectors(
  statement: StatementOf<'ListConnectors'>,
  call: Call,
): Promise<ResultBody & { readonly notes: readonly string[] }> {
  const connect = requireConnect(call.services);
  const listing = await guarded(() => connect.list(), 'Failed to list connectors: ');
  const notes: string[] = [];
  const connectors: ConnectorSummary[] = [];
  for (const [name, { info, status }] of Object.entries(listing).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!info) notes.push(`Could not describe connector ${name}: no information`);
    const type = info?.type ?? status?.type ?? 'unknown';
    if (statement.scope !== 'ALL' && type.toUpperCase() !== statement.scope) continue;
    connectors.push({
      name,
      type,
      className: info?.config['connector.class'] ?? null,
      topicPrefix: info ? topicPrefix(info.config) : null,
      state: status ? stateText(status) : null,
    });
  }
  return { kind: 'connector_list', connectors, notes };
}

export async function listPlugins(call: Call): Promise<ResultBody> {
  const connect = requireConnect(call.services);
  const plugins = await guarded(() => connect.plugins(true), 'Failed to list connector plugins: ');
  return {
    kind: 'connector_plugins_list',
    plugins: plugins.map((p) => ({ className: p.class, type: p.type, version: p.version ?? '' })),
  };
}

export async function describePlugin(
  statement: StatementOf<'DescribeConnectorPlugin'>,
  call: Call,
): Promise<ResultBody> {
  const connect = requireConnect(call.services);
  const known = connect.embedded?.describePlugin(statement.plugin);
  const keys =
    known?.config ??
    (await guarded(() => connect.pluginConfig(statement.plugin), 'Failed to describe connector plugin: ').catch(
      async (error: unknown) => {
        throw await withNearPlugin(error, statement.plugin, connect);
      },
    ));
  return {
    kind: 'connector_plugin_description',
    className: known?.className ?? statement.plugin,
    keys: keys.map((k) => ({
      name: k.name,
      type: k.type,
      required: k.required,
      defaultValue: k.default_value,
      importance: k.importance,
      documentation: k.documentation,
      group: k.group,
    })),
  };
}

/** The refusal with the plugin that is meant. */
async function withNearPlugin(error: unknown, name: string, connect: ConnectClient): Promise<unknown> {
  if (!isSluiceError(error, 'NOT_FOUND')) return error;
  const classes = (await connect.plugins(true).catch(() => [])).map((p) => p.class);
  const short = classes.flatMap((c) => connect.embedded?.describePlugin(c)?.name ?? []);
  const simple = classes.map((c) => c.split('.').at(-1)!);
  const { code, message, cause, status, restCode } = error;
  return new SluiceError(code, message, {
    cause,
    status,
    restCode,
    hint: didYouMean(name, [...short, ...simple, ...classes]) ?? 'SHOW CONNECTOR PLUGINS; lists them.',
  });
}

export async function describeConnector(name: ConnectorName, call: Call): Promise<ResultBody> {
  const connect = requireConnect(call.services);
  const found = await findConnector(connect, name.name);
  if (found === undefined) throw await unknownConnector(connect, name, 'Failed to query connector status: ');
  const [info, status, topics] = await guarded(
    async () => [await connect.info(found), await connect.status(found), await connect.topics(found)] as const,
    'Failed to describe connector: ',
  );
  const catalog = call.services.catalog.current;
  // Connect knows the topics that have records; the embedded worker also those that are about to.
  const declared = (await connect.embedded?.sourceDeclarations(found, 0)) ?? [];
  const all = new Set([...topics, ...sinkTopics(info.config), ...declared.map((d) => d.topic)]);
  const described: ConnectorDescription['topics'][number][] = [];
  for (const topic of [...all].toSorted()) {
    const sources = catalog.sourcesOfTopic(topic);
    if (sources.length === 0) described.push({ topic, source: null });
    for (const source of sources) described.push({ topic, source: await describeSource(source, call.services, false) });
  }
  const description: ConnectorDescription = {
    name: found,
    className: info.config['connector.class'] ?? '',
    type: info.type,
    topicPrefix: topicPrefix(info.config),
    config: await maskConfig(connect, info.config),
    state: status.connector.state,
    workerId: status.connector.worker_id,
    trace: status.connector.trace ?? null,
    tasks: status.tasks.map((t) => ({ id: t.id, state: t.state, workerId: t.worker_id, trace: t.trace ?? null })),
    topics: described,
  };
  return { kind: 'connector_description', description };
}

/** ksqlDB's text: the connector's state if it is not RUNNING, else how many tasks run. */
export function stateText(status: ConnectorStatus): string {
  if (status.connector.state !== 'RUNNING') return status.connector.state;
  const running = status.tasks.filter((t) => t.state === 'RUNNING').length;
  const word = status.tasks.length > 0 && running === 0 ? 'WARNING' : 'RUNNING';
  return `${word} (${running}/${status.tasks.length} tasks RUNNING)`;
}

/** The name under which Connect knows the connector: as given, or differing in case only. */
export async function findConnector(connect: ConnectClient, name: string): Promise<string | undefined> {
  const names = Object.keys(await guarded(() => connect.list(), 'Failed to list connectors: '));
  return names.includes(name) ? name : names.find((n) => n.toLowerCase() === name.toLowerCase());
}

async function resolveName(connect: ConnectClient, name: ConnectorName): Promise<string> {
  const found = await findConnector(connect, name.name);
  if (found === undefined) throw await unknownConnector(connect, name, '');
  return found;
}

async function unknownConnector(connect: ConnectClient, name: ConnectorName, prefix: string): Promise<SluiceError> {
  const names = Object.keys(await connect.list());
  return new SluiceError('NOT_FOUND', `${prefix}Connector ${name.name} not found`, {
    span: name.span,
    hint: didYouMean(name.name, names) ?? 'SHOW CONNECTORS; lists the connectors.',
  });
}

async function checkClass(
  connect: ConnectClient,
  connectorClass: string,
  statement: StatementOf<'CreateConnector'>,
): Promise<void> {
  // The embedded worker knows aliases; only when it knows nothing of the name is the list of plugins worth a call.
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
  throw new SluiceError(
    'STATEMENT',
    `Validation error: connector.class - Failed to find any class that implements Connector and which name matches ${connectorClass}, available connectors are: ${names.toSorted().join(', ')}`,
    {
      span: statement.properties.find((p) => p.key.toLowerCase() === 'connector.class')?.span ?? statement.span,
      hint: near ?? MORE_CONNECTORS,
    },
  );
}

/** A problem as the short form and the sources of a sink tell it: `key - sentence`, or a sentence that names the key. */
function ofText(text: string): SettingProblem {
  const key = /^([\w.]+) - /.exec(text)?.[1] ?? /configuration "?([\w.]+)"?/.exec(text)?.[1] ?? '';
  return { key, text };
}

/** What Connect's validation refused: each sentence once, and no complaint about the null that a value became. */
function invalidSettings(infos: ConfigInfos): SettingProblem[] {
  const seen = new Set<string>();
  return infos.configs.flatMap(({ value: { name, errors } }) => {
    const told = errors.filter(
      (e) => !seen.has(e) && !(errors.length > 1 && e.startsWith(`Invalid value null for configuration ${name}:`)),
    );
    for (const e of told) seen.add(e);
    return told.length === 0 ? [] : [{ key: name, text: `${name} - ${told.join('. ')}` }];
  });
}

/** All problems in one answer; its position is the first setting that has one. */
function validationError(
  problems: readonly SettingProblem[],
  statement: { readonly span: SluiceError['span']; readonly properties?: readonly ConnectorProperty[] },
): SluiceError {
  const at = problems
    .map((p) => statement.properties?.find((property) => property.key === p.key))
    .find((property) => property !== undefined);
  return new SluiceError('STATEMENT', `Validation error: ${problems.map((p) => p.text).join('\n')}`, {
    span: at?.span ?? statement.span,
  });
}

/** How a connector's class is named, or what was written in its place. */
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

/** A sink is no source. @throws SluiceError STATEMENT */
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

function toConfig(properties: readonly ConnectorProperty[]): ConnectorConfig {
  return Object.fromEntries(properties.map((p) => [p.key, p.value]));
}

function topicPrefix(config: ConnectorConfig): string | null {
  return config['topic.prefix'] ?? config['kafka.topic'] ?? config['topic'] ?? null;
}

function sinkTopics(config: ConnectorConfig): string[] {
  return (config['topics'] ?? '')
    .split(',')
    .map((t) => t.trim())
    .filter((t) => t !== '');
}

async function guarded<T>(call: () => Promise<T>, prefix: string): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw connectError(error, prefix);
  }
}

/** Connect's refusal with its status; an unreachable worker as such. */
function connectError(error: unknown, prefix: string): SluiceError {
  if (isSluiceError(error)) return error;
  if (error instanceof ConnectRequestError) {
    const code: ErrorCode = error.status === 404 ? 'NOT_FOUND' : error.status === 409 ? 'CONFLICT' : 'CONNECTOR';
    return new SluiceError(code, prefix + error.message, {
      cause: error,
      status: error.status,
      restCode: error.status * 100,
    });
  }
  if (error instanceof ConnectUnreachableError) {
    return new SluiceError('CONNECT_UNAVAILABLE', prefix + error.message, {
      cause: error,
      retriable: true,
      hint: 'Is the Connect worker running? See ksql.connect.url.',
    });
  }
  return new SluiceError('CONNECTOR', prefix + messageOf(error), { cause: error });
}
