import type { SourceRecord } from '../../../api/record.ts';
import { arrayOf, mapOf, primitive, structOf, type ConnectField, type StructSchema } from '../../../api/schema.ts';
import type {
  LogicalMessage,
  MessageRecords,
  Notices,
  Transaction,
  TransactionOrder,
  TransactionRecords,
} from '../cdc/form/record-form.ts';
import { STREAM } from '../cdc/offsets.ts';
import { bytesForm } from './column-types.ts';
import type { FormSettings } from './form-settings.ts';
import { topicName } from './names.ts';
import { SOURCE_SCHEMA, sourceBlock } from './source-block.ts';

/** Records that are not rows of tables: for transactions, messages and heartbeats, each with a separate topic. */

const struct = (name: string, fields: readonly ConnectField[], optional = false): StructSchema => ({
  ...structOf(fields, optional, name),
  version: 1,
});
const text = (name: string, optional = false): ConnectField => ({ name, schema: primitive('STRING', optional) });
const long = (name: string, optional = false): ConnectField => ({ name, schema: primitive('INT64', optional) });

/** The envelope's block with the position of a record in its transaction. */
export const TRANSACTION_SCHEMA = struct(
  'event.block',
  [text('id'), long('total_order'), long('data_collection_order')],
  true,
);

const TRANSACTION_KEY = struct('io.debezium.connector.common.TransactionMetadataKey', [text('id')]);
const TRANSACTION_VALUE = struct('io.debezium.connector.common.TransactionMetadataValue', [
  text('status'),
  text('id'),
  long('event_count', true),
  {
    name: 'data_collections',
    schema: arrayOf(struct('event.collection', [text('data_collection'), long('event_count')], true)),
  },
  long('ts_ms'),
]);
const MESSAGE_KEY = struct('io.debezium.connector.postgresql.MessageKey', [text('prefix', true)]);
const HEARTBEAT_KEY = struct('io.debezium.connector.common.ServerNameKey', [text('serverName')]);
const HEARTBEAT_VALUE = struct('io.debezium.connector.common.Heartbeat', [long('ts_ms')]);

const NOTICE_KEY = struct('io.debezium.connector.common.NotificationKey', [text('id')]);
const NOTICE_VALUE = struct('io.debezium.connector.common.Notification', [
  text('id'),
  text('type'),
  text('aggregate_type'),
  { name: 'additional_data', schema: mapOf(primitive('STRING', false), primitive('STRING', false), true) },
  long('timestamp'),
]);

interface Made {
  readonly topic: string;
  readonly keySchema: StructSchema;
  readonly key: unknown[];
  readonly valueSchema: StructSchema;
  readonly value: unknown[];
}

const recordOf = (made: Made): SourceRecord => ({
  ...made,
  timestamp: undefined,
  headers: undefined,
  partition: undefined,
  sourcePartition: STREAM,
  sourceOffset: null,
});

const idOf = ({ xid }: Transaction, lsn: bigint): string => `${xid}:${lsn}`;

/** @param order the position of the record itself; undefined if transactions are not reported */
export const transactionBlock = (
  transaction: Transaction,
  lsn: bigint,
  order: TransactionOrder | undefined,
): unknown[] | null => (order === undefined ? null : [idOf(transaction, lsn), order.total, order.ofTable]);

/** The records of `provide.transaction.metadata`; undefined if it is disabled. */
export function transactionRecords({ prefix, delimiter, transactions }: FormSettings): TransactionRecords | undefined {
  if (transactions === undefined) return undefined;
  const topic = topicName(prefix, delimiter, { schema: undefined, name: transactions });
  const record = (id: string, status: string, rest: readonly unknown[], timeMs: number): SourceRecord =>
    recordOf({
      topic,
      keySchema: TRANSACTION_KEY,
      key: [id],
      valueSchema: TRANSACTION_VALUE,
      value: [status, id, ...rest, timeMs],
    });
  return {
    begin: (transaction, lsn) => record(idOf(transaction, lsn), 'BEGIN', [null, null], transaction.timeMs),
    end: (transaction, lsn, counts) =>
      record(
        idOf(transaction, lsn),
        'END',
        [[...counts.values()].reduce((sum, n) => sum + n, 0), [...counts]],
        transaction.timeMs,
      ),
  };
}

/**
 * Records for messages with a selected prefix.
 * @param database where the messages come from
 * @param nowMs ms since the epoch
 */
export function messageRecords(settings: FormSettings, database: string, nowMs: () => number): MessageRecords {
  const { prefix: server, types, hasMessage } = settings;
  const content = bytesForm(types.binary);
  const valueSchema = struct('io.debezium.connector.postgresql.MessageValue', [
    text('op'),
    long('ts_ms', true),
    { name: 'source', schema: SOURCE_SCHEMA },
    { name: 'transaction', schema: TRANSACTION_SCHEMA },
    {
      name: 'message',
      schema: struct('io.debezium.connector.postgresql.Message', [
        text('prefix', true),
        { name: 'content', schema: content.schema },
      ]),
    },
  ]);
  const names = { server, database, schema: '', name: '' };
  return {
    countedAs: 'message',
    record: (message: LogicalMessage, transaction, order) => {
      const { prefix, lsn, isTransactional } = message;
      if (!hasMessage(prefix)) return undefined;
      const now = nowMs();
      // A message outside of a transaction has no time in the WAL.
      const timeUs = isTransactional ? transaction.timeUs : BigInt(Math.floor(now * 1000));
      const xid = isTransactional ? transaction.xid : null;
      return recordOf({
        topic: `${server}.message`,
        keySchema: MESSAGE_KEY,
        key: [prefix],
        valueSchema,
        value: [
          'm',
          Math.floor(now),
          sourceBlock(names, { mark: 'false', timeUs, xid, lsn, committed: transaction.previous }),
          transactionBlock(transaction, lsn, order()),
          [prefix, content.value(message.content)],
        ],
      });
    },
  };
}

/** Notifications about snapshots (`notification.enabled.channels`); undefined if they are disabled. */
export function notices({ prefix, notices: channels }: FormSettings, nowMs: () => number): Notices | undefined {
  const { areLogged, topic } = channels;
  if (!areLogged && topic === undefined) return undefined;
  return {
    areLogged,
    ...(topic !== undefined && {
      record: ({ id, type, aggregate, data }) =>
        recordOf({
          topic,
          keySchema: NOTICE_KEY,
          key: [id],
          valueSchema: NOTICE_VALUE,
          value: [
            id,
            type,
            aggregate,
            new Map(Object.entries({ connector_name: prefix, ...data })),
            Math.floor(nowMs()),
          ],
        }),
    }),
  };
}

/** The record of a heartbeat. */
export function heartbeat({ prefix, delimiter, heartbeats }: FormSettings, nowMs: number): SourceRecord {
  return recordOf({
    topic: topicName(heartbeats, delimiter, { schema: undefined, name: prefix }),
    keySchema: HEARTBEAT_KEY,
    key: [prefix],
    valueSchema: HEARTBEAT_VALUE,
    value: [Math.floor(nowMs)],
  });
}
