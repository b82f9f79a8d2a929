import type { Config } from '../../../api/config-spec.ts';
import type { TableName } from '../../database/dialect.ts';
import { SOURCE } from '../../database/source-keys.ts';
import { CAPTURE } from './config-keys.ts';
import { slotNameFor } from './database/slot.ts';
import type { HeartbeatSettings } from './heartbeats.ts';
import { signalTable } from './signals/signal-table.ts';

/** The settings that only change capture has. */
export interface CaptureSettings {
  /** Set by the user; undefined: chosen by the connector, and committed with the position. */
  readonly slot: string | undefined;
  readonly publication: string | undefined;
  readonly lost: 'fail' | 'snapshot';
  /** By table, a SELECT of the user whose rows replace all rows of the table in snapshots. */
  readonly selects: ReadonlyMap<string, string>;
  /** Whether a schema change of a table stops the task. */
  readonly stopsAtDrift: boolean;
  /** Whether records have Debezium's format. */
  readonly isDebezium: boolean;
  /** Whether our own publications are used if none of that name exists. */
  readonly replacesPublication: boolean;
  /** Whether changes are published under the partition that contains them. */
  readonly byPartition: boolean;
  readonly heartbeats: HeartbeatSettings;
  /** Whether a table's new rows are signals. */
  readonly isSignalTable: (table: TableName) => boolean;
  readonly channels: ChannelSettings;
  /** Rows per chunk of a snapshot requested by a signal; undefined: the default. */
  readonly chunkRows: number | undefined;
}

/** Where signals come from, besides the stream. */
export interface ChannelSettings {
  /** undefined: no topic; null: the topic that is named after the connector. */
  readonly topic: string | null | undefined;
  readonly begin: 'beginning' | 'end';
  /** undefined: no file. */
  readonly file: string | undefined;
  readonly everyMs: number;
  /** The prefix of the connector's topic names; undefined: none. */
  readonly prefix: string | undefined;
}

export function captureSettings(config: Config): CaptureSettings {
  const isDebezium = config.get(CAPTURE.format) === 'debezium';
  return {
    slot: config.get(CAPTURE.slotName) || undefined,
    publication: config.get(CAPTURE.publicationName) || undefined,
    selects: selectsOf(config),
    stopsAtDrift: config.get(CAPTURE.schemaChangePolicy).toLowerCase() === 'stop',
    isDebezium,
    replacesPublication:
      isDebezium && !/^(?:disabled|no_tables)$/.test(config.raw['publication.autocreate.mode'] ?? 'disabled'),
    byPartition: isDebezium && !config.get(CAPTURE.viaRoot),
    isSignalTable: config.get(CAPTURE.signalChannels).some((c) => c.trim() === 'source')
      ? signalTable(config.get(CAPTURE.signals) ?? undefined)
      : () => false,
    channels: channelSettings(config),
    chunkRows: config.get(CAPTURE.chunkRows) ?? undefined,
    heartbeats: {
      intervalMs: config.get(CAPTURE.heartbeatInterval),
      query: config.get(CAPTURE.heartbeatQuery)?.trim() || undefined,
    },
    lost: config.get(CAPTURE.slotLostPolicy).toLowerCase() as CaptureSettings['lost'],
  };
}

function channelSettings(config: Config): ChannelSettings {
  const channels = new Set(config.get(CAPTURE.signalChannels).map((channel) => channel.trim()));
  return {
    topic: channels.has('kafka') ? config.get(CAPTURE.signalTopic)?.trim() || null : undefined,
    begin: config.get(CAPTURE.signalBegin) === 'latest' ? 'end' : 'beginning',
    file: channels.has('file') ? config.get(CAPTURE.signalFile)?.trim() || undefined : undefined,
    everyMs: Number(config.get(CAPTURE.signalInterval)),
    prefix: config.get(SOURCE.topicPrefix) || undefined,
  };
}

/** The statements by table, in a form that can be put in parentheses. */
function selectsOf(config: Config): ReadonlyMap<string, string> {
  const key = CAPTURE.selectOverrides.name;
  return new Map(
    config.get(CAPTURE.selectOverrides).flatMap((written) => {
      const table = written.includes('.') ? written : `public.${written}`;
      const select = config.raw[`${key}.${written}`] ?? config.raw[`${key}.${table}`];
      return select === undefined ? [] : [[table, `${select.replace(/;\s*$/, '')}\n`] as const];
    }),
  );
}

/** Candidate names for a connector's slot, in order. */
export function* slotNames(connector: string, { slot }: CaptureSettings): Generator<string> {
  if (slot !== undefined) {
    yield slot;
    return;
  }
  const name = slotNameFor(connector);
  yield name;
  for (let i = 2; ; i++) yield `${name}_${i}`;
}
