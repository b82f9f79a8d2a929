import { oneOfIgnoringCase, type ConfigKey } from '../../api/config-spec.ts';
import type { SourcePlugin } from '../../api/connector.ts';
import { checkSource, sourceKeys } from '../database/source-keys.ts';
import { CAPTURE_KEYS } from './cdc/config-keys.ts';
import { leftovers } from './cdc/leftovers.ts';
import { CLOUD_WORDS } from './cloud-words.ts';
import { POSTGRES_ENTRY } from './entry.ts';

const CONFIG: readonly ConfigKey[] = [
  ...sourceKeys(POSTGRES_ENTRY),
  {
    name: 'infinity.mapping',
    type: 'STRING',
    default: 'end',
    importance: 'LOW',
    documentation:
      'What infinity in a date or timestamp becomes. end: the end of the type (-2^31 or 2^31-1 days, -2^63 or 2^63-1 ms), which a Postgres sink writes as infinity again. null: NULL. fail: an error of its row.',
    group: 'Connector',
    order: 12,
    width: 'SHORT',
    displayName: 'Infinity Mapping',
    recommend: () => ['end', 'null', 'fail'],
    validator: oneOfIgnoringCase('end', 'null', 'fail'),
  },
  {
    name: 'server.change.policy',
    type: 'STRING',
    default: 'restart',
    importance: 'LOW',
    documentation:
      'Mode changes remembers transactions of one database of one cluster, on one timeline. Where it finds another (a restored backup, a promoted standby, ' +
      'another URL), or its position is ahead of the server: restart reads tables from their beginning, fail stops the task, continue goes on from that position.',
    group: 'Connector',
    order: 11,
    width: 'SHORT',
    displayName: 'Server Change Policy',
    recommend: () => ['restart', 'fail', 'continue'],
    validator: oneOfIgnoringCase('restart', 'fail', 'continue'),
  },
  ...CAPTURE_KEYS,
];

export const postgresSource: SourcePlugin = {
  type: 'source',
  name: 'postgres-source',
  className: 'sluice.connect.PostgresSourceConnector',
  aliases: ['io.confluent.connect.jdbc.JdbcSourceConnector', 'io.aiven.connect.jdbc.JdbcSourceConnector'],
  version: '0.1.0',
  doc: "Rows of Postgres tables. A record's key is the table's primary key.",
  config: CONFIG,
  check: (config) => checkSource(POSTGRES_ENTRY, config),
  otherWords: CLOUD_WORDS,
  withoutEffect: [
    'date.timezone',
    'connection.ssl',
    'ssl.mode',
    'output.data.format',
    'output.key.format',
    'kafka.auth.mode',
    'kafka.api.key',
    'kafka.api.secret',
    'kafka.service.account.id',
    'cloud.environment',
    'cloud.provider',
  ],
  shortForm: {
    keys: [
      { name: 'url', sets: ['connection.url'], doc: 'postgres://user:password@host:port/database', required: true },
      { name: 'tables', sets: ['table.whitelist'], doc: 'Tables to read, separated by commas. Default: all.' },
      { name: 'user', sets: ['connection.user'], doc: 'User, where it is not in the URL.' },
      { name: 'password', sets: ['connection.password'], doc: 'Password, where it is not in the URL.' },
      { name: 'prefix', sets: ['topic.prefix'], doc: "Put before each table's name to make the topic's name." },
      { name: 'poll', sets: ['poll.interval.ms'], doc: 'How often each table is looked at, in ms.' },
    ],
    defaults: { mode: 'changes', 'poll.interval.ms': '1000', 'table.poll.interval.ms': '10000' },
  },
  leftovers,
  load: async () => (await import('./dialect.ts')).source,
};
