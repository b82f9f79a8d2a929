import { maxRetries, retryBackoffMs, idleKey, keysOf } from '../internal/common-keys.ts';
import {
  atLeast,
  configKeys,
  headerValue,
  notEmpty,
  oneOfIgnoringCase,
  writtenText,
  type ConfigKey,
  type RawConfig,
} from '../../api/config-spec.ts';
import { TLS } from '../internal/tls-keys.ts';
import { urlProblem } from './url.ts';

const pairs =
  (apart: string) =>
  (value: unknown): string | undefined => {
    const bad = ((value ?? []) as readonly string[]).find((pair) => pair !== '' && pair.split(apart).length !== 2);
    return bad === undefined ? undefined : `'${bad}' is not name${apart}value`;
  };

/** The settings of the sink. */
export const SINK = configKeys({
  url: {
    name: 'connection.url',
    type: 'STRING',
    importance: 'HIGH',
    documentation:
      'Address of the HTTP interface: http://host:8123 or https://host:8443, a user, password and database in it if need be.',
    group: 'Connection',
    order: 1,
    width: 'LONG',
    displayName: 'URL',
    validator: (value) => urlProblem(String((value ?? '') as string)),
  },
  username: {
    name: 'username',
    type: 'STRING',
    default: null,
    documentation: 'User. Wins over one in the URL. Default: default.',
    group: 'Connection',
    order: 2,
    displayName: 'User',
    validator: headerValue,
  },
  password: {
    name: 'password',
    type: 'PASSWORD',
    default: null,
    documentation: 'Password of the user.',
    group: 'Connection',
    order: 3,
    displayName: 'Password',
    validator: headerValue,
  },
  database: {
    name: 'database',
    type: 'STRING',
    default: null,
    documentation: 'Database of the tables. Wins over the one in the URL. Default: default.',
    group: 'Connection',
    order: 4,
    displayName: 'Database',
  },
  connectTimeoutMs: {
    name: 'connection.timeout.ms',
    type: 'INT',
    default: '5000',
    importance: 'LOW',
    documentation: 'How long making a connection may take, in ms.',
    group: 'Connection',
    order: 5,
    width: 'SHORT',
    displayName: 'Connection Timeout (ms)',
    validator: atLeast(1),
  },
  readTimeoutMs: {
    name: 'read.timeout.ms',
    type: 'INT',
    default: '60000',
    importance: 'LOW',
    documentation: 'How long an INSERT may go without an answer, in ms; then it is sent again.',
    group: 'Connection',
    order: 6,
    width: 'SHORT',
    displayName: 'Read Timeout (ms)',
    validator: atLeast(1),
  },
  settings: {
    name: 'clickhouseSettings',
    type: 'LIST',
    default: '',
    importance: 'LOW',
    documentation: 'Settings of ClickHouse for the INSERTs: insert_quorum=2,input_format_skip_unknown_fields=1.',
    group: 'Connection',
    order: 7,
    displayName: 'ClickHouse Settings',
    validator: pairs('='),
  },
  tableNameFormat: {
    name: 'table.name.format',
    type: 'STRING',
    default: '${topic}',
    documentation: "Name of the table, with ${topic} for the topic's name.",
    group: 'Tables',
    order: 1,
    displayName: 'Table Name Format',
    validator: notEmpty,
  },
  tableMap: {
    name: 'topic2TableMap',
    type: 'LIST',
    default: '',
    documentation: 'topic=table pairs, which win over table.name.format.',
    group: 'Tables',
    order: 2,
    displayName: 'Topic to Table Map',
    validator: pairs('='),
  },
  upsertTopics: {
    name: 'upsert.topics',
    type: 'LIST',
    default: '',
    documentation:
      "Topics whose records are rows by their keys: a later one replaces an earlier one of its key, a record without a value deletes. (Of a sink with sources: those of tables.) Their tables are of ReplacingMergeTree(_version), ordered by the key; _version and _deleted are the sink's. Of other topics each record is a row.",
    group: 'Tables',
    order: 3,
    displayName: 'Upsert Topics',
  },
  autoCreate: {
    name: 'auto.create',
    type: 'BOOLEAN',
    default: 'false',
    documentation:
      'Whether a table that is missing is made, with columns of the types that the records have. (The default of a sink with sources is true.)',
    group: 'Tables',
    order: 4,
    width: 'SHORT',
    displayName: 'Auto-Create',
  },
  keyColumn: {
    name: 'key.column',
    type: 'STRING',
    default: 'key',
    importance: 'LOW',
    documentation: 'Column of a key that is a plain value, in tables of upsert.topics.',
    group: 'Tables',
    order: 5,
    displayName: 'Key Column',
    validator: notEmpty,
  },
  nullValues: {
    name: 'behavior.on.null.values',
    type: 'STRING',
    default: 'ignore',
    importance: 'LOW',
    documentation:
      "What becomes of a record without a value that deletes nothing (its topic is none of upsert.topics, or its table has no column _deleted): ignore; fail: it is its record's error.",
    group: 'Tables',
    order: 6,
    width: 'SHORT',
    displayName: 'Null Values',
    validator: oneOfIgnoringCase('ignore', 'fail'),
    recommend: () => ['ignore', 'fail'],
  },
  maxRetries: maxRetries({
    default: '5',
    documentation:
      'Attempts to write again what the server did not take for now (no answer, too many parts or queries, no memory), before the task says that it waits. It goes on trying, with longer pauses.',
    group: 'Writes',
    order: 1,
    width: 'SHORT',
    aliases: ['retryCount'],
  }),
  retryBackoffMs: retryBackoffMs('INT', {
    default: '250',
    documentation: 'Pause before the first such attempt, in ms. Each further one is twice as long.',
    group: 'Writes',
    order: 2,
    width: 'SHORT',
  }),
});

/** Settings that ClickHouse's own connector has and this one does not need. */
function idleKeys(): readonly ConfigKey[] {
  const key = (name: string, inert: string): ConfigKey =>
    idleKey(name, "A setting of ClickHouse's own connector.", inert);
  return [
    key('insertFormat', 'rows are sent as JSONEachRow'),
    key('tableRefreshInterval', 'columns of a table are looked at again when an INSERT is refused for them'),
    key('timeoutSeconds', 'read.timeout.ms is the limit'),
    key('bypassRowBinary', 'rows are sent as JSONEachRow'),
    key('ignorePartitionsWhenBatching', 'an INSERT has records of several partitions'),
  ];
}

/** All settings of the sink. */
export const KEYS: readonly ConfigKey[] = keysOf(Object.values(SINK), idleKeys(), Object.values(TLS));

/** Returns the function that maps a topic to its table. */
export function tableNamer(config: RawConfig): (topic: string) => string {
  const mapped = new Map(
    writtenText(config, SINK.tableMap)
      .split(',')
      .flatMap((pair) => {
        const [topic, table] = pair.split('=').map((part) => part.trim());
        return topic !== undefined && table !== undefined ? [[topic, table] as const] : [];
      }),
  );
  const format = writtenText(config, SINK.tableNameFormat);
  return (topic) => mapped.get(topic) ?? format.replaceAll('${topic}', topic);
}
