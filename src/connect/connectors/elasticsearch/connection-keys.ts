import { type RefusedKey, atLeast, configKeys, headerValue, oneLine } from '../../api/config-spec.ts';
import { TLS_IDLE } from '../internal/tls-keys.ts';
import { parseUrls } from './urls.ts';

/**
 * How to reach the cluster. The names are those of the Java connectors by Confluent and Aiven, and of Confluent Cloud.
 */
export const CONNECTION = configKeys({
  connectionUrl: {
    name: 'connection.url',
    type: 'LIST',
    importance: 'HIGH',
    documentation:
      'Addresses of the cluster, one or several: http://host1:9200,https://host2:9200. A user and password in one are used. Requests go to all in turn, and past those that are away.',
    group: 'Connection',
    order: 1,
    width: 'LONG',
    displayName: 'Connection URLs',
    validator: (value) => {
      const urls = parseUrls((value ?? []) as readonly string[]);
      return typeof urls === 'string' ? urls : undefined;
    },
  },
  connectionUsername: {
    name: 'connection.username',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation: 'User, for basic authentication. Wins over one in the URL.',
    group: 'Connection',
    order: 2,
    width: 'SHORT',
    displayName: 'Connection Username',
    validator: oneLine,
  },
  connectionPassword: {
    name: 'connection.password',
    type: 'PASSWORD',
    default: null,
    importance: 'MEDIUM',
    documentation: 'Password of the user.',
    group: 'Connection',
    order: 3,
    width: 'SHORT',
    displayName: 'Connection Password',
    validator: oneLine,
  },
  apiKey: {
    name: 'api.key.value',
    type: 'PASSWORD',
    default: null,
    importance: 'MEDIUM',
    documentation:
      'API key in place of user and password: in the encoded form that Elasticsearch gives, or id:key as it is.',
    group: 'Connection',
    order: 4,
    width: 'LONG',
    displayName: 'API Key',
    validator: headerValue,
  },
  authType: {
    name: 'auth.type',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'BASIC, API_KEY or NONE. Without it what is given decides.',
    group: 'Connection',
    order: 5,
    width: 'SHORT',
    displayName: 'Authentication',
    validator: (value) =>
      value === null || /^(?:basic|api_key|none)$/i.test(String(value as string))
        ? undefined
        : 'String must be one of: BASIC, API_KEY, NONE',
  },
  connectionCompression: {
    name: 'connection.compression',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    documentation: 'Whether requests are sent with gzip. Answers may come so either way.',
    group: 'Connection',
    order: 6,
    width: 'SHORT',
    displayName: 'Compression',
  },
  connectionTimeoutMs: {
    name: 'connection.timeout.ms',
    type: 'INT',
    default: '1000',
    importance: 'LOW',
    documentation: 'How long making a connection may take, in ms; then the next address is tried.',
    group: 'Connection',
    order: 7,
    width: 'SHORT',
    displayName: 'Connection Timeout (ms)',
    validator: atLeast(1),
  },
  readTimeoutMs: {
    name: 'read.timeout.ms',
    type: 'INT',
    default: '30000',
    importance: 'LOW',
    documentation:
      'How long a request may go without an answer, in ms; then it is sent again. (The Java connectors wait for 3000, which a busy cluster exceeds.)',
    group: 'Connection',
    order: 8,
    width: 'SHORT',
    displayName: 'Read Timeout (ms)',
    validator: atLeast(1),
  },
  maxConnectionIdleTimeMs: {
    name: 'max.connection.idle.time.ms',
    type: 'INT',
    default: '60000',
    importance: 'LOW',
    documentation: 'Connections that are idle for so long are closed, in ms.',
    group: 'Connection',
    order: 9,
    width: 'SHORT',
    displayName: 'Max Connection Idle Time (ms)',
    validator: atLeast(1),
  },
  securityProtocol: {
    name: 'elastic.security.protocol',
    type: 'STRING',
    default: 'PLAINTEXT',
    importance: 'MEDIUM',
    documentation: 'SSL or PLAINTEXT.',
    group: 'TLS',
    order: 1,
    width: 'SHORT',
    displayName: 'Security Protocol',
    inert: 'https:// in connection.url asks for TLS, and ssl.* has effect there without it',
  },
});

/** The prefixes that the Java connectors put before Kafka's `ssl.*`: Confluent's, Aiven's, Confluent Cloud's. */
export const TLS_PREFIXES = ['elastic.https.', 'connection.', 'elastic.'] as const;

/** TLS settings of Java that have no effect, because Node.js decides. */
export const TLS_WITHOUT_EFFECT: readonly string[] = TLS_PREFIXES.flatMap((prefix) =>
  TLS_IDLE.map((name) => prefix + name),
);

/** Settings of the Java connectors that this one refuses, each with what to do instead. */
export const REFUSED: readonly RefusedKey[] = [
  { key: 'proxy.host', why: 'requests go to the cluster directly: no proxy can be given here' },
  { key: 'kerberos.user.principal', why: 'Kerberos is not spoken here: give a user and password, or an API key' },
  { key: 'kerberos.keytab.path', why: 'Kerberos is not spoken here: give a user and password, or an API key' },
  {
    key: 'aws.access_key_id',
    why: 'requests are not signed for AWS: give the domain a master user, or send through its signing proxy',
  },
  {
    key: 'elastic.https.ssl.truststore.file',
    why: 'a file cannot be uploaded: give its path in ssl.truststore.location, or PEM text in ssl.truststore.certificates',
  },
  { key: 'elastic.https.ssl.keystore.file', why: 'a file cannot be uploaded: give its path in ssl.keystore.location' },
  {
    key: 'elastic.ssl.truststore.file',
    why: 'a file cannot be uploaded: give its path in ssl.truststore.location, or PEM text in ssl.truststore.certificates',
  },
  { key: 'elastic.ssl.keystore.file', why: 'a file cannot be uploaded: give its path in ssl.keystore.location' },
];
