/*
 * Known problems of connectors: patterns of their messages, and the fixes. The messages are those of Kafka Connect's,
 * Debezium's and Confluent's classes, of databases, and of this worker.
 */

export interface KnownCause {
  readonly kind: string;
  /** Tested on the classes and messages of the whole chain of causes, one per line. */
  readonly when: RegExp;
  /** The statement or setting to try. `connector` is in SQL's spelling. */
  advice(connector: string, chain: string): string;
}

/** Whether a message is about the key or the value. */
const side = (chain: string): 'key' | 'value' => (/\bkey\b|KEY_CONVERTER/i.test(chain) ? 'key' : 'value');

const set = (connector: string, settings: string): string => `ALTER CONNECTOR ${connector} SET (${settings});`;

/** Settings that put records aside together with their origin, without which they cannot be sent again. */
export const putAside = (connector: string): string =>
  set(
    connector,
    `'errors.tolerance'='all', 'errors.deadletterqueue.topic.name'='${connector.toLowerCase()}-dead-letters', 'errors.deadletterqueue.context.headers.enable'='true'`,
  );

/** Debezium's connectors give the address in parts, the others as a URL. */
const isDebezium = (chain: string): boolean => /io\.debezium/.test(chain);
const host = (chain: string): string => (isDebezium(chain) ? `'database.hostname'='…'` : `'connection.url'='…'`);
const login = (chain: string): string =>
  isDebezium(chain)
    ? `'database.user'='…', 'database.password'='…'`
    : /HTTP|basic auth|elasticsearch/i.test(chain)
      ? `'connection.username'='…', 'connection.password'='…'`
      : `'connection.user'='…', 'connection.password'='…'`;

/** The setting for the trusted certificate authority. */
const authority = (chain: string): string =>
  isDebezium(chain)
    ? `'database.sslrootcert'='…'`
    : /HTTP|https:|elasticsearch/i.test(chain) || (/javax\.net\.ssl/.test(chain) && !/postgresql/.test(chain))
      ? `'ssl.truststore.location'='…'`
      : `'connection.url'='…?sslmode=verify-full&sslrootcert=…'`;

/** Arguments of `kafka-acls`, as far as the cause shows what was refused. */
function missingAcl(chain: string): string {
  const aclMatch = /needs the ACL (\w+) on (Topic|Group|TransactionalId|Cluster)(?: '([^']+)')?/.exec(chain);
  if (aclMatch !== null) {
    const [, operation = '', resource = '', name] = aclMatch;
    const flag = resource === 'TransactionalId' ? 'transactional-id' : resource.toLowerCase();
    return `--operation ${operation} --${flag}${name === undefined ? '' : ` ${name}`}`;
  }
  const group = /Not authorized to access group: (\S+)/.exec(chain)?.[1];
  if (group !== undefined) return `--operation Read --group ${group}`;
  const topic = /Not authorized to access topics?: \[?([^\]\s,]+)/.exec(chain)?.[1];
  if (topic !== undefined)
    return `--operation ${/producer|WorkerSourceTask/i.test(chain) ? 'Write' : 'Read'} --topic ${topic}`;
  return '--operation … for what the cause names';
}

/** Kafka's converter for values of this many bytes. */
const BY_SIZE: Readonly<Record<string, string>> = {
  1: 'BooleanConverter',
  2: 'ShortConverter',
  4: 'IntegerConverter',
  8: 'LongConverter',
};

/** Where the settings for the registry's address and login are. */
const REGISTRY =
  "ksql.schema.registry.* of this server, for a cluster's connector the settings of its key.converter and value.converter";

/** The first matching cause counts. */
export const KNOWN_CAUSES: readonly KnownCause[] = [
  {
    kind: 'missing schema',
    when: /error code: 40403|registry has no schema|No (?:content|artifact)\b[^\n]* (?:was )?found|(?:Artifact|Content)NotFound/i,
    advice: (c) =>
      `The registry has no schema of that number: is it the one that the writer registered at (${REGISTRY})? ${putAside(c)} puts such records aside`,
  },
  {
    kind: 'registry login',
    when: /schema registry refused the credentials|error code: 40[13](?:0\d)?\b|registry[^\n]*(?:Forbidden|NotAuthorized|[Uu]nauthorized)|io\.apicurio\.[\w.]*(?:Forbidden|NotAuthorized)Exception|(?:^|: )Authorization error$|denied operation on this server/m,
    advice: () => `The schema registry does not let the worker in: the login stands in ${REGISTRY}`,
  },
  {
    kind: 'converter mismatch',
    when: /JsonConverter with schemas\.enable requires/,
    advice: (c, chain) =>
      `The records are JSON without schemas: ${set(c, `'${side(chain)}.converter.schemas.enable'='false'`)}`,
  },
  {
    kind: 'unknown magic byte',
    when: /Unknown magic byte/i,
    advice: (c, chain) =>
      `${side(chain)}.converter reads what a schema registry's serializers wrote, and the topic has something else (PRINT shows it): ${set(c, `'${side(chain)}.converter'='org.apache.kafka.connect.json.JsonConverter', '${side(chain)}.converter.schemas.enable'='false'`)} where that is JSON`,
  },
  {
    kind: 'converter mismatch',
    when: /Unrecognized token|Unexpected character|JsonParseException|Converting byte\[\] to Kafka Connect data failed/i,
    advice: (c, chain) =>
      `${side(chain)}.converter does not read what the topic has (PRINT shows it): ${set(c, `'${side(chain)}.converter'='org.apache.kafka.connect.storage.StringConverter'`)} where that is text; of single records ${putAside(c)} puts them aside`,
  },
  {
    kind: 'converter mismatch',
    when: /Failed to deserialize (?:\w+: ?|\w+ of topic )|Size of data received by \w+ is not/,
    advice: (c, chain) => {
      const bytes = /expected \d+ bytes?, got (\d+)/.exec(chain)?.[1] ?? '';
      const converter = BY_SIZE[bytes];
      return `${side(chain)}.converter does not fit what the topic has (PRINT shows it): ${set(c, `'${side(chain)}.converter'='${converter === undefined ? '…' : `org.apache.kafka.connect.converters.${converter}`}'`)}${converter === undefined ? ' names the format' : ` where its values have ${bytes} bytes each`}`;
    },
  },
  {
    kind: 'disk full',
    when: /No space left on device|ENOSPC|disk full|flood-stage watermark|read-only-allow-delete|KafkaStorageException|Cannot store \d+ more bytes/i,
    advice: () => 'A disk is full: make room; nothing that was acknowledged is lost, and tasks go on when there is',
  },
  {
    kind: 'missing file',
    when: /Couldn't find or create file|NoSuchFileException|ENOENT/,
    advice: (c) =>
      `There is no such folder or file where the worker runs: make it, and RESTART CONNECTOR ${c}; or ${set(c, "'file'='…'")}`,
  },
  {
    kind: 'permission',
    when: /EACCES|EPERM|AccessDeniedException/,
    advice: (c) => `The worker's user may not open it: give it the right, and RESTART CONNECTOR ${c};`,
  },
  {
    kind: 'missing class',
    when: /Failed to find any class that implements|ClassNotFoundException|NoClassDefFoundError|Class \S+ could not be found/,
    advice: () =>
      'The class is on no plugin.path of the worker: SHOW CONNECTOR PLUGINS; lists the connectors that there are',
  },
  {
    kind: 'auth',
    when: /SaslAuthenticationException|SASL mechanism/,
    advice: () =>
      "Kafka does not let the worker in: sasl.mechanism and sasl.jaas.config of the worker, or the connector's producer.override.* and consumer.override.*",
  },
  {
    kind: 'TLS',
    when: /no pg_hba\.conf entry .*no encryption|insecure transport are prohibited/i,
    advice: (c, chain) => `The database lets nobody in without TLS: ${set(c, host(chain))} with sslmode=require`,
  },
  {
    kind: 'auth',
    when: /password authentication failed|no pg_hba\.conf entry|Access denied for user|Authentication failed|\b401 Unauthorized|HTTP 401\b|status(?: code)?\s*[:=]?\s*401\b|\banswers? 401\b|unable to authenticate user|missing authentication credentials/i,
    advice: (c, chain) =>
      `The other side does not let it in: ${set(c, login(chain))} or the setting that this connector logs in with`,
  },
  {
    kind: 'TLS',
    when: /does not support SSL|SSL is not enabled on the server|wrong version number|EPROTO/i,
    advice: (c, chain) => `The other side speaks no TLS there: ${set(c, host(chain))} without it, or another port`,
  },
  {
    kind: 'TLS name',
    when: /does not match certificate's altnames|No subject alternative|No name matching \S+ found|ERR_TLS_CERT_ALTNAME_INVALID/i,
    advice: (c, chain) =>
      `The other side's certificate is for another name: ${set(c, host(chain))} with the name that stands in it, or sslmode=verify-ca, which does not look at it`,
  },
  {
    kind: 'TLS authority',
    when: /PKIX path|SSLHandshake|self[- ]signed certificate|unable to (?:get (?:local )?issuer|verify the first) certificate|certificate (?:has expired|is not yet valid|verify failed)|CERT_HAS_EXPIRED/i,
    advice: (c, chain) =>
      `Nobody vouches for the other side's certificate, or its time is over: ${set(c, authority(chain))} names who does`,
  },
  {
    kind: 'WAL removed',
    when: /'slot\.lost\.policy'='snapshot'/,
    advice: (c) =>
      `Changes are missing: ${set(c, `'slot.lost.policy'='snapshot'`)} makes a slot anew and reads the tables again, and takes back what they have no more`,
  },
  {
    kind: 'missing slot',
    when: /but this is no longer available on the server/,
    advice: (c) =>
      `The replication slot is gone, or has no longer what comes next: ${set(c, "'snapshot.mode'='when_needed'")} makes one and reads the tables again`,
  },
  {
    kind: 'missing slot',
    when: /replication slot "?[\w-]+"? does not exist/i,
    advice: (c) =>
      `Its slot is gone, and changes since may be lost: RESET CONNECTOR OFFSETS OF ${c}; begins anew with a snapshot`,
  },
  {
    kind: 'WAL removed',
    when: /WAL segment .* has already been removed|can no longer (?:get|access) (?:changes|replication slot)|replication slot .*(?:invalidated|lost)/i,
    advice: (c) =>
      `The database has removed WAL that was not read yet (max_slot_wal_keep_size): RESET CONNECTOR OFFSETS OF ${c}; begins anew with a snapshot`,
  },
  {
    kind: 'slot in use',
    when: /replication slot "?[\w-]+"? is active/i,
    advice: (c) =>
      `Another reader has its slot: end that (SELECT active_pid FROM pg_replication_slots), or ${set(c, "'slot.name'='…'")}`,
  },
  {
    kind: 'no change capture',
    when: /requires "?wal_level"?|wal_level (?:is|must be)/i,
    advice: () =>
      "The database has no logical replication: ALTER SYSTEM SET wal_level = 'logical'; there, and restart it",
  },
  {
    kind: 'unknown host',
    when: /UnknownHostException|ENOTFOUND|EAI_AGAIN|Name or service not known/i,
    advice: (c, chain) =>
      `The name of the host is not known from the worker: ${set(c, host(chain))} or the setting that names it`,
  },
  {
    kind: 'Kafka is away',
    when: /Cannot reach Kafka at|Kafka gives no answer|Timed out waiting for a node assignment|Timeout expired while (?:fetching topic metadata|initializing transactional state)|Failed to (?:update metadata after|get offsets by times in)|Expiring \d+ record\(s\) for|Bootstrap broker \S+ .*disconnected|DisconnectException/,
    advice: (c) =>
      `Kafka does not answer the worker: start its brokers, or see that bootstrap.servers (of a Connect cluster also producer.override.* and consumer.override.*) and the brokers' advertised.listeners lead to them; what has stopped goes on with RESTART CONNECTOR ${c};`,
  },
  {
    kind: 'nobody answers',
    when: /ECONNREFUSED|Connection (?:to \S+ )?refused|connect(?:ion)? timed out|ETIMEDOUT|EHOSTUNREACH|connection timeout/i,
    advice: () => 'Nobody answers there: see that it runs, and that host and port are those that the worker can reach',
  },
  {
    kind: 'connection lost',
    when: /ECONNRESET|Connection reset|Broken pipe|EPIPE|terminating connection|server closed the connection/i,
    advice: (c) => `The connection was cut: RESTART CONNECTOR ${c}; when the other side is there`,
  },
  {
    kind: 'no connection left',
    when: /too many clients already|remaining connection slots|Too many connections/i,
    advice: (c) =>
      `The database has no connection left: raise max_connections there, or take fewer tasks: ${set(c, "'tasks.max'='1'")}`,
  },
  {
    kind: 'unknown database',
    when: /database "[^"]+" does not exist|Unknown database/i,
    advice: (c, chain) =>
      `There is no such database: create it, or ${set(c, isDebezium(chain) ? `'database.dbname'='…'` : host(chain))}`,
  },
  {
    kind: 'permission',
    when: /permission denied for|must be owner of|insufficient privilege|command denied to user|superuser or replication role|permission denied to start WAL sender|security_exception/i,
    advice: () => 'The role lacks a right: GRANT it in the database (for change capture ALTER ROLE … REPLICATION)',
  },
  {
    kind: 'schema incompatible',
    when: /incompatible with an earlier schema|Schema being registered is incompatible|Incompatible artifact|RuleViolation|not compatible with writer type/i,
    advice: () =>
      "The registry refuses the new schema beside the subject's older ones: change its compatibility, or write to another topic",
  },
  {
    kind: 'ACL',
    when: /(?:Topic|Group|Cluster|TransactionalId)AuthorizationException|Not authorized to access|[A-Z]_AUTHORIZATION_FAILED|needs the ACL/,
    advice: (c, chain) =>
      `An ACL is missing for the principal that the worker logs in to Kafka as: kafka-acls --add --allow-principal User:… ${missingAcl(chain)}; where it has stopped, RESTART CONNECTOR ${c}; behind that`,
  },
  {
    kind: 'unknown topic',
    when: /UnknownTopicOrPartition|This server does not host this topic|Topic \S+ not present in metadata/i,
    advice: () =>
      'The topic does not exist: create it, or let the broker (auto.create.topics.enable) or the connector (topic.creation.default.*) do it',
  },
  {
    kind: 'offset out of range',
    when: /OffsetOutOfRange|offsets? out of range/i,
    advice: (c) =>
      `What it was to read next is no longer there: ALTER CONNECTOR OFFSETS OF ${c} SET BEGINNING; or SET END;`,
  },
  {
    kind: 'record too large',
    when: /RecordTooLarge|MESSAGE_TOO_LARGE|larger than (?:the )?(?:maximum|max)/i,
    advice: (c) =>
      `A record is too large: raise max.message.bytes of the topic; a Connect cluster's producer also has ${set(c, `'producer.override.max.request.size'='…'`)}`,
  },
  {
    kind: 'shape of records',
    when: /with a value without a schema/i,
    advice: (c) =>
      `Rows are made by a schema, and these records have none: ${set(c, `'sources'='…'`)} with the stream or table over the topic gives it`,
  },
  {
    kind: 'shape of records',
    when: /pk\.mode=none|requires? (?:records with a )?non-null (?:Struct|record (?:key|value))/i,
    advice: (c) =>
      `The records do not have the shape that pk.mode and delete.enabled ask for: ${set(c, `'pk.mode'='record_key'`)} where the key is the table's`,
  },
  {
    kind: 'missing column',
    when: /column "?[\w.]+"? of relation "?[\w.]+"? does not exist|Unknown column/i,
    advice: (c) => `The table lacks a column: add it, or ${set(c, `'auto.evolve'='true'`)} for a sink`,
  },
  {
    kind: 'missing table',
    when: /relation "?[\w.]+"? does not exist|Table ".*" is missing|no such table|Table '[^']+' doesn't exist/i,
    advice: (c) => `The table is not there: create it, or ${set(c, `'auto.create'='true'`)} for a sink`,
  },
  {
    kind: 'record does not fit',
    when: /violates (?:not-null|foreign key|check|unique) constraint|duplicate key value|value too long for type|out of range for type|invalid input (?:syntax|value) for/i,
    advice: (c) => `A record does not fit its target: change the target, or ${putAside(c)} puts such records aside`,
  },
  {
    kind: 'HTTP 4xx',
    when: /\b(?:HTTP(?:\/\d(?:\.\d)?)?|status(?: code)?)\s*[:=]?\s*429\b|Too Many Requests/i,
    advice: (c) => `The other side is asked too often: RESTART CONNECTOR ${c}; later, or with smaller batches`,
  },
  {
    kind: 'HTTP 4xx',
    when: /\b(?:HTTP(?:\/\d(?:\.\d)?)?|status(?: code)?)\s*[:=]?\s*4\d\d\b/i,
    advice: () => 'The other side refuses the request: URL, headers and credentials are to be looked at',
  },
  {
    kind: 'HTTP 5xx',
    when: /\b(?:HTTP(?:\/\d(?:\.\d)?)?|status(?: code)?)\s*[:=]?\s*5\d\d\b/i,
    advice: (c) =>
      `The other side has failed, not this connector: it may work later, and RESTART CONNECTOR ${c}; tries again`,
  },
  {
    kind: 'out of memory',
    when: /OutOfMemoryError|heap out of memory/i,
    advice: () => 'The worker has no memory left: give it more, or take smaller batches and fewer tasks',
  },
  {
    kind: 'one record',
    when: /Tolerance exceeded in error handler \(TRANSFORMATION/,
    advice: (c) =>
      `A transform could not handle a record: ${set(c, "'transforms.NAME.…'='…'")} mends its settings, or ${putAside(c)} puts such records aside`,
  },
  {
    kind: 'one record',
    when: /Tolerance exceeded in error handler/,
    advice: (c) => `One record stopped it: ${putAside(c)} puts such records aside`,
  },
];
