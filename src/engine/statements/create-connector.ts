import { SluiceError } from '../../base/errors.ts';
import { didYouMean, nearest } from '../../base/suggest.ts';
import {
  ConnectRequestError,
  MORE_CONNECTORS,
  type ConfigInfos,
  type ConnectClient,
  type ConnectorConfig,
  type ShortFormResult,
} from '../../connect/client/api.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { declareSources } from '../connectors/declare-sources.ts';
import { withKeptSecrets } from '../connectors/kept-secrets.ts';
import { hiderOf, maskConfig, maskInfos, maskStatus } from '../connectors/mask.ts';
import { slotProblems } from '../connectors/replication-slots.ts';
import { sinkSettings } from '../connectors/sink-settings.ts';
import { policyOf, unknownSettings, type SettingProblem } from '../connectors/unknown-settings.ts';
import { protectedTopicProblems } from '../protected-topics.ts';
import type { ResultBody } from '../results.ts';
import {
  connectError,
  findConnector,
  guarded,
  invalidSettings,
  ofText,
  requireConnect,
  sinkTopics,
  toConfig,
  validationError,
  type Call,
} from './connector-calls.ts';

/** How long CREATE SOURCE CONNECTOR waits for a blessed connector to say which topics it writes, in ms. */
const DECLARATION_WAIT_MS = 10_000;

/** What the validation phase may already know, so that execution does not ask twice. */
export interface CheckedConnector {
  readonly config: ConnectorConfig;
  /** The connector that gets these settings (CREATE OR REPLACE); undefined where it is new. */
  readonly replaces: string | undefined;
  /** What the answer says beside. */
  readonly notes?: readonly string[];
}
/**
 * Checks a CREATE [OR REPLACE] CONNECTOR before anything of the script runs: short forms are expanded and Connect validates the result, all problems
 * in one answer, one line each.
 * @throws SluiceError STATEMENT with every problem; CONFLICT when the name is taken
 */
export async function checkCreateConnector(
  statement: StatementOf<'CreateConnector'>,
  call: Call,
): Promise<CheckedConnector> {
  const connect = requireConnect(call.services);
  const existing = await findConnector(connect, statement.name.name);
  if (existing !== undefined && !statement.orReplace) {
    if (statement.ifNotExists) return { config: {}, replaces: undefined };
    throw new SluiceError('CONFLICT', `Connector ${statement.name.name} already exists`, {
      span: statement.name.span,
      hint: `CREATE OR REPLACE ${statement.type} CONNECTOR, IF NOT EXISTS, DROP CONNECTOR, or another name.`,
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
  const unknown = unknownSettings(written, {
    connect,
    infos,
    config,
    type: statement.type === 'SOURCE' ? 'source' : 'sink',
  });
  const policy = policyOf(call.session.config(call.services.config), connect);
  if (policy === 'error') problems.unshift(...unknown);
  if (connect.embedded === undefined)
    problems.push(...protectedTopicProblems(config, call.services.config).map(ofText));
  // What the short form and `sources` ask for is missing in the long form as well: said once.
  const invalid = invalidSettings(infos);
  const inShort = expanded.problems.length > 0 || settings.problems.length > 0;
  problems.push(...(inShort ? invalid.filter((p) => written[p.key] !== undefined) : invalid));
  if (problems.length > 0) throw validationError(problems, statement);
  const shared = await guarded(
    () => slotProblems(connect, existing ?? statement.name.name, config),
    'Failed to validate connector: ',
  );
  if (shared.length > 0) throw validationError(shared.map(ofText), statement);
  return { config, replaces: existing, notes: policy === 'warn' ? unknown.map((p) => p.text) : [] };
}

/** The settings that take the place of a connector's, with the secrets that it has. */
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
    const before = checked.replaces === undefined ? connect.embedded?.remembered(name) : undefined;
    const info =
      checked.replaces === undefined
        ? await connect.create(name, checked.config)
        : await connect.putConfig(checked.replaces, checked.config);
    const declared =
      statement.type === 'SOURCE' ? await declareSources(connect, info.name, DECLARATION_WAIT_MS, call.services) : [];
    if (statement.type === 'SINK') await assigned(connect, info.name, call);
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
        ...(connect.embedded?.remarks(info.name) ?? []),
        ...(await readAgain(name, before, call)),
        ...deletesUnseen(checked.config, declared),
        ...(statement.type === 'SINK'
          ? await missingTopics(checked.config, call)
          : declared.length === 0
            ? await silenceOf(connect, name, checked, call)
            : []),
      ],
    };
  } catch (error) {
    if (error instanceof ConnectRequestError && error.status === 409) {
      throw new SluiceError('CONFLICT', `Connector ${name} already exists`, { span: statement.name.span });
    }
    throw connectError(error, 'Failed to create connector: ', await hiderOf(connect, checked.config));
  }
}

/** A sink that has just been made is not assigned for a moment: who asks for it next should not see that. */
async function assigned(connect: ConnectClient, name: string, { services }: Call): Promise<void> {
  for (let waitedMs = 0; waitedMs < ASSIGNED_WAIT_MS; waitedMs += ASSIGNED_CHECK_MS) {
    const status = await connect.status(name).catch(() => undefined);
    if (status?.connector.state !== 'UNASSIGNED') return;
    await services.env.timers.sleep(ASSIGNED_CHECK_MS);
  }
}

const ASSIGNED_WAIT_MS = 2000;
const ASSIGNED_CHECK_MS = 50;

/** A mirror that polls sees new and changed rows. */
function deletesUnseen(
  config: ConnectorConfig,
  declared: readonly { readonly statement: string | null }[],
): readonly string[] {
  const tables = declared.filter((d) => d.statement !== null && /^CREATE TABLE/i.test(d.statement));
  if (tables.length === 0 || config['connection.url'] === undefined) return [];
  return ['Rows that are deleted in the database stay in the tables here: it is asked for new and changed rows'];
}

/** Says that rows come once more: the topics hold those of an earlier connector of the name, whose offsets were forgotten. */
async function readAgain(
  name: string,
  before: { readonly topics: readonly string[]; readonly hasOffsets: boolean } | undefined,
  { services }: Call,
): Promise<readonly string[]> {
  if (before === undefined || before.hasOffsets) return [];
  const { admin } = services.log;
  const full: string[] = [];
  for (const topic of before.topics) {
    const partitions = (await admin.describeTopic(topic))?.partitions ?? 0;
    for (let partition = 0; partition < partitions; partition++) {
      const at = { topic, partition };
      if ((await admin.latestOffset(at)) === (await admin.earliestOffset(at))) continue;
      full.push(topic);
      break;
    }
  }
  if (full.length === 0) return [];
  return [
    `The offsets of an earlier ${name} were forgotten: its source is read from the beginning, into ${full.length === 1 ? 'topic' : 'topics'} ${full.join(', ')}, behind those that are there, ` +
      `as updates to a table and as new events to a stream. To begin with empty topics: DROP CONNECTOR ${name} TERMINATE DELETE TOPICS; and create it once more`,
  ];
}

/** A sink reads a topic as soon as it is there: one that is not may be a slip. */
async function missingTopics(config: ConnectorConfig, { services }: Call): Promise<readonly string[]> {
  const all = (await services.log.admin.listTopics()).map((t) => t.name);
  return sinkTopics(config)
    .filter((topic) => !all.includes(topic))
    .map((topic) => {
      const guess = didYouMean(topic, all);
      return `Topic ${topic} does not exist: it is read when it comes.${guess === undefined ? '' : ` ${guess}`}`;
    });
}

/** Why nothing was declared over the topics of a cluster's new source: it has failed, or written nothing yet. */
async function silenceOf(
  connect: ConnectClient,
  name: string,
  { config }: CheckedConnector,
  { services }: Call,
): Promise<readonly string[]> {
  if (connect.embedded !== undefined || config['sql.declare'] === 'false') return [];
  const reported = await connect.status(name).catch(() => undefined);
  const status = reported && (await maskStatus(connect, reported, config));
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
