import { KEYS } from '../../../config/keys.ts';
import { SluiceError } from '../../../base/errors.ts';
import { ConnectRequestError, type ConnectClient, type ConnectorConfig } from '../../../connect/client/api.ts';
import { connectError } from '../../../connect/client/errors.ts';
import { recordsHeld } from '../../../dataflow/views/topic-scan.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { formatBareName } from '../../../sql/printer/names.ts';
import { DECLARATION_WAIT_MS, declareSources } from '../../connectors/declare-sources.ts';
import { failureCause, withoutStop } from '../../connectors/failure-cause.ts';
import { hiderOf, maskConfig, maskStatus } from '../../connectors/mask.ts';
import { missingTopics, untoldTopics } from '../../connectors/missing-topics.ts';
import { topicClaims } from '../../connectors/topic-claims.ts';
import { stopsTask } from '../../connectors/transform-fields.ts';
import { dropWithTopics, ownWorker } from '../../connectors/topic-users.ts';
import type { Answer, Call } from '../call.ts';
import type { OneByOne } from '../executor.ts';
import { checkCreateConnector, type CheckedConnector } from './check-create.ts';
import { findConnector, requireConnect } from './names.ts';
import { restore } from './stopped.ts';

/** CREATE [OR REPLACE] CONNECTOR: executed by the server that received it, and on no log. */
export const CREATE_CONNECTOR: OneByOne<StatementOf<'CreateConnector'>, CheckedConnector> = {
  catchesUp: () => true,
  unforeseen: ({ type }) => (type === 'SOURCE' ? 'SOURCES' : undefined),
  check: checkCreateConnector,
  execute: createConnector,
};

async function createConnector(
  statement: StatementOf<'CreateConnector'>,
  call: Call,
  checked: CheckedConnector,
): Promise<Answer> {
  const connect = requireConnect(call.services);
  const { name } = statement.name;
  if (statement.ifNotExists && (await findConnector(connect, name)) !== undefined) {
    return { kind: 'warning_entity', message: `Connector ${name} already exists` };
  }
  try {
    const readers = statement.type === 'SOURCE' ? readersOfNamed(name, checked.config, call) : [];
    const before = checked.replaces === undefined ? connect.embedded?.remembered(name) : undefined;
    const info =
      checked.replaces === undefined
        ? await connect.create(name, checked.config, statement.initialState ?? undefined)
        : await connect.putConfig(checked.replaces, checked.config);
    if (checked.replaces !== undefined && statement.initialState !== null)
      await restore(connect, info.name, statement.initialState);
    const isAsleep = statement.initialState !== null;
    const declared =
      statement.type === 'SOURCE' && !isAsleep
        ? await declareSources(connect, info.name, DECLARATION_WAIT_MS, call.services)
        : [];
    // A source that has no declaration yet may have failed; for a cluster's source, `silenceOf` reports this.
    const mayFail = statement.type === 'SINK' || (declared.length === 0 && connect.embedded !== undefined);
    const early =
      mayFail && !isAsleep && checked.notes?.some(stopsTask) !== true
        ? await earlyFailure(connect, info.name, checked.config, call)
        : [];
    return {
      kind: 'connector_info',
      info: {
        ...info,
        config: await maskConfig(connect, info.config),
        type: info.type === 'unknown' ? (statement.type === 'SOURCE' ? 'source' : 'sink') : info.type,
      },
      declared,
      // What a check found and what the connector remarks may be the same sentence.
      notes: [
        ...new Set([
          ...(checked.notes ?? []),
          ...early,
          ...readers,
          ...(connect.embedded?.remarks(info.name) ?? []),
          ...(await readAgain(name, before, call)),
          ...deletesUnseen(checked.config, declared, checked.notes ?? []),
          ...(statement.type === 'SINK'
            ? missingTopics(checked.config, await call.services.log.admin.listTopics())
            : []),
          ...(statement.type === 'SINK'
            ? untoldTopics(
                connect.embedded?.describePlugin(checked.config['connector.class'] ?? '')?.name,
                checked.config,
                call.services.catalog.current,
              )
            : []),
          ...(isAsleep
            ? [`${info.name} is ${statement.initialState} until RESUME CONNECTOR ${formatBareName(info.name)};`]
            : statement.type === 'SOURCE' && declared.length === 0
              ? await silenceOf(connect, name, checked, call)
              : []),
        ]),
      ],
    };
  } catch (error) {
    if (error instanceof ConnectRequestError && error.status === 409) {
      throw new SluiceError('CONFLICT', `Connector ${name} already exists`, { span: statement.name.span });
    }
    throw connectError(error, 'Failed to create connector: ', await hiderOf(connect, checked.config));
  }
}

/** Warns when the topic named for a source connector is already read by streams or tables. */
function readersOfNamed(name: string, config: ConnectorConfig, { services }: Call): readonly string[] {
  const topic = config['kafka.topic'] ?? config['topic'];
  if (topic === undefined) return [];
  const { declared } = topicClaims(topic, services);
  const isHere = services.elsewhere === undefined;
  const others =
    ownWorker(services)
      ?.usersOf(topic)
      .filter((other) => !isHere || other !== name) ?? [];
  const readers = [...(declared === undefined ? [] : [declared]), ...others.map((other) => `sink connector ${other}`)];
  return readers.length === 0
    ? []
    : [
        `Topic ${topic} is that of ${readers.join(' and ')}, which ${readers.length === 1 ? 'reads' : 'read'} what this connector writes beside what is there`,
      ];
}

/**
 * A new connector is unassigned for a moment, which later requests should not see. An immediate failure, such as a
 * missing target or a wrong converter, is reported in the answer.
 */
async function earlyFailure(
  connect: ConnectClient,
  name: string,
  config: ConnectorConfig,
  { services }: Call,
): Promise<readonly string[]> {
  let beganMs: number | undefined;
  for (let waitedMs = 0; waitedMs < ASSIGNED_WAIT_MS; waitedMs += ASSIGNED_CHECK_MS) {
    const reported = await connect.status(name).catch(() => undefined);
    if (reported !== undefined) {
      const { connector, tasks } = await maskStatus(connect, reported, config);
      const trace = [connector, ...tasks].find((part) => part.state === 'FAILED')?.trace;
      if (trace !== undefined) {
        const { text, advice } = failureCause(trace, name, config);
        return [`${name} was created, and has failed: ${withoutStop(text)}${advice === null ? '' : `. ${advice}`}`];
      }
      if (connector.state !== 'UNASSIGNED' && tasks.length > 0) beganMs ??= waitedMs;
    }
    if (beganMs !== undefined && waitedMs - beganMs >= EARLY_MS) return [];
    await services.env.timers.sleep(ASSIGNED_CHECK_MS);
  }
  return [];
}

const ASSIGNED_WAIT_MS = 2000;
const ASSIGNED_CHECK_MS = 50;
/** How long a started task is observed. */
const EARLY_MS = 200;

/** Remarks that a polling mirror sees new and changed rows, but no deleted ones. */
function deletesUnseen(
  config: ConnectorConfig,
  declared: readonly { readonly statement: string | null }[],
  notes: readonly string[],
): readonly string[] {
  const tables = declared.filter((d) => d.statement !== null && /^CREATE TABLE/i.test(d.statement));
  if (tables.length === 0 || config['connection.url'] === undefined || config['mode'] === 'cdc') return [];
  // Already reported with the choice of the mode.
  if (notes.some((note) => note.startsWith('Mode '))) return [];
  return ['Rows that are deleted in the database stay in the tables here: it is asked for new and changed rows'];
}

/**
 * Remarks that rows will be repeated: the topics contain those of an earlier connector of the name, whose offsets were
 * deleted.
 */
async function readAgain(
  name: string,
  before: { readonly topics: readonly string[]; readonly hasOffsets: boolean } | undefined,
  { services }: Call,
): Promise<readonly string[]> {
  if (before === undefined || before.hasOffsets) return [];
  const full: string[] = [];
  for (const topic of before.topics) if ((await recordsHeld(topic, services.log)) > 0) full.push(topic);
  if (full.length === 0) return [];
  return [
    `The offsets of an earlier ${name} were forgotten: its source is read from the beginning, into ${full.length === 1 ? 'topic' : 'topics'} ${full.join(', ')}, behind those that are there, ` +
      `as updates to a table and as new events to a stream. To begin with empty topics: ${dropWithTopics(name, before.topics, services)} and create it once more`,
  ];
}

/**
 * Why nothing was declared over the topics of a cluster's new source: it has failed, or has not written anything yet.
 */
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
  const later = services.config.get(KEYS.connectPollingEnable) ? ' Its topics are declared when they come.' : '';
  return [`${name} was created, and has written no records yet.${later}`];
}
