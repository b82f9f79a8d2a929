import { atLeast, configKeys, oneLine } from '../../api/config-spec.ts';
import type { DatabaseEntry } from './entry.ts';

const CREDENTIALS_PROVIDER = 'io.confluent.connect.jdbc.util.DefaultJdbcCredentialsProvider';

/** The settings that source and sink share, for every database. */
export const CONNECTION = configKeys({
  connectionUrl: {
    name: 'connection.url',
    type: 'STRING',
    importance: 'HIGH',
    documentation: 'Where the database is.',
    group: 'Database',
    order: 1,
    width: 'LONG',
    displayName: 'JDBC URL',
  },
  connectionUser: {
    name: 'connection.user',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation: 'User to connect as. Wins over one in the URL.',
    group: 'Database',
    order: 2,
    width: 'LONG',
    displayName: 'JDBC User',
    aliases: ['connection.username'],
    validator: oneLine,
  },
  connectionPassword: {
    name: 'connection.password',
    type: 'PASSWORD',
    default: null,
    importance: 'HIGH',
    documentation: 'Password of the user. Wins over one in the URL.',
    group: 'Database',
    order: 3,
    width: 'SHORT',
    displayName: 'JDBC Password',
  },
  jdbcCredentialsProviderClass: {
    name: 'jdbc.credentials.provider.class',
    type: 'CLASS',
    default: CREDENTIALS_PROVIDER,
    importance: 'LOW',
    documentation:
      'Only the default, which takes user and password from the settings above: no Java class can run here. Secrets are had by ${file:...} and ${env:...}.',
    group: 'Database',
    order: 4,
    width: 'LONG',
    displayName: 'JDBC Credentials Provider Class',
    validator: (value) =>
      value === null || String(value as string).endsWith('.DefaultJdbcCredentialsProvider')
        ? undefined
        : 'No Java class can run here: give connection.user and connection.password, as ${file:...} or ${env:...} where they are secret',
  },
  connectionAttempts: {
    name: 'connection.attempts',
    type: 'INT',
    default: '3',
    importance: 'LOW',
    documentation:
      'Attempts to connect before the task reports that the database is away. It goes on trying, with growing pauses.',
    group: 'Database',
    order: 5,
    width: 'SHORT',
    displayName: 'JDBC connection attempts',
    validator: atLeast(1),
  },
  connectionBackoffMs: {
    name: 'connection.backoff.ms',
    type: 'LONG',
    default: '1000',
    importance: 'LOW',
    documentation: 'Pause between two attempts to connect, in ms.',
    group: 'Database',
    order: 6,
    width: 'SHORT',
    displayName: 'JDBC connection backoff in milliseconds',
    validator: atLeast(0),
  },
  dialectName: {
    name: 'dialect.name',
    type: 'STRING',
    default: '',
    importance: 'LOW',
    documentation: 'Dialect of the database.',
    group: 'Database',
    order: 15,
    width: 'LONG',
    displayName: 'Database Dialect',
  },
});

/** The same settings with the documentation of a particular database. */
export const connectionKeys = ({ urls, parseUrl, dialectNames }: DatabaseEntry): typeof CONNECTION => ({
  ...CONNECTION,
  connectionUrl: {
    ...CONNECTION.connectionUrl,
    documentation: `Where the database is: ${urls}.`,
    validator: (value) => {
      if (value === null || value === '') return 'String may not be empty';
      const target = parseUrl(String(value as string));
      return typeof target === 'string' ? target : undefined;
    },
  },
  dialectName: {
    ...CONNECTION.dialectName,
    documentation: `Dialect of the database. Only ${dialectNames[0]} is there, and it is chosen by itself.`,
    recommend: () => ['', ...dialectNames.slice(0, 1)],
    validator: (value) =>
      ['', ...dialectNames].includes(String((value as string | null) ?? ''))
        ? undefined
        : `String must be one of: , ${dialectNames[0]}`,
  },
});
