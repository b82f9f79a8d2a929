import { formatBareName } from '../../sql/printer/names.ts';

/** Why a connector or task does not do its work, in two lines: what is wrong, and what to try. */
export interface FailureCause {
  /** The cause that says most, without classes of exceptions and frames. */
  readonly text: string;
  /** The statement or setting to try; null for what is not in the table. */
  readonly advice: string | null;
}

/**
 * The cause in a trace as Java writes it: a line for each exception, those below the first behind `Caused by: `, frames
 * indented. Java's connectors say most in the deepest; those of this worker put it into words themselves, at the top.
 */
export function failureCause(trace: string, connector: string): FailureCause {
  const errors = trace
    .split('\n')
    .filter((line, i) => line.trim() !== '' && (i === 0 || line.startsWith('Caused by: ')))
    .map((line) => line.replace(/^Caused by: /, '').trim());
  const chain = errors.map(messageIn);
  const telling = chain.filter((message) => message !== '' && !WRAPPERS.some((w) => w.test(message)));
  const deeper = /^[a-z]\w*\.[\w$.]+/.test(trace) ? telling.slice(1) : [];
  const text = deeper.reduce((best, one) => (saysNoMore(one, best) ? best : one), telling[0] ?? chain[0] ?? '');
  const whole = errors.join('\n');
  const known = KNOWN.find(({ when }) => when.test(whole));
  return { text, advice: known === undefined ? null : known.advice(formatBareName(connector), whole) };
}

/**
 * Without the class of the exception, which says nothing to whoever writes SQL; twice where one is the message of
 * another.
 */
function messageIn(line: string): string {
  const inner = /^(?:[a-z][\w$]*\.)*(?:[A-Z][\w$]*)?(?:Exception|Error): (.+)$/.exec(line)?.[1];
  if (inner !== undefined) return messageIn(inner);
  return /^(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)$/.test(line) ? '' : line;
}

/** What stands around any failure. */
const WRAPPERS = [
  /^Exiting Worker\w+ due to unrecoverable exception\.?$/,
  /^Tolerance exceeded in error handler$/,
  /^Error while (?:polling for records|processing table querier|starting connector.*)$/,
  /^Unrecoverable exception from producer send callback$/,
  /^An exception occurred in the change event producer\. This connector will be stopped\.$/,
  /^Producer failure$/,
  /^null$/,
];

/** `Connection refused` below `Connection to localhost:5432 refused. Check …`: all its words are there. */
function saysNoMore(deeper: string, outer: string): boolean {
  const words = wordsOf(outer);
  return [...wordsOf(deeper)].every((word) => words.has(word));
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}_$-]+/gu));
}

interface KnownCause {
  /** Tested on the classes and messages of the whole chain of causes, one per line. */
  readonly when: RegExp;
  /** `connector` as SQL writes it. */
  advice(connector: string, chain: string): string;
}

/** Which side a message speaks of. */
const side = (chain: string): 'key' | 'value' => (/\bkey\b|KEY_CONVERTER/i.test(chain) ? 'key' : 'value');

const set = (connector: string, settings: string): string => `ALTER CONNECTOR ${connector} SET (${settings});`;

/** What puts records aside so that they say where they came from, without which they cannot be sent again. */
export const putAside = (connector: string): string =>
  set(
    connector,
    `'errors.tolerance'='all', 'errors.deadletterqueue.topic.name'='${connector.toLowerCase()}-dead-letters', 'errors.deadletterqueue.context.headers.enable'='true'`,
  );

/** What goes wrong with connectors, and the way out; the first that fits counts. */
const KNOWN: readonly KnownCause[] = [
  {
    when: /JsonConverter with schemas\.enable requires/,
    advice: (c, chain) =>
      `The records are JSON without schemas: ${set(c, `'${side(chain)}.converter.schemas.enable'='false'`)}`,
  },
  {
    when: /Unknown magic byte/i,
    advice: (c, chain) =>
      `${side(chain)}.converter reads what a schema registry's serializers wrote, and the topic has something else: ${set(c, `'${side(chain)}.converter'='…'`)} names the format that it has`,
  },
  {
    when: /Unrecognized token|Unexpected character|JsonParseException|Converting byte\[\] to Kafka Connect data failed/i,
    advice: (c, chain) =>
      `${side(chain)}.converter does not read what the topic has (PRINT shows it): ${set(c, `'${side(chain)}.converter'='…'`)} names the format, or errors.tolerance='all' leaves such records out`,
  },
  {
    when: /Failed to deserialize (?:\w+: ?|\w+ of topic )|Size of data received by \w+ is not/,
    advice: (c, chain) => {
      const bytes = /expected \d+ bytes?, got (\d+)/.exec(chain)?.[1] ?? '';
      const converter = { 1: 'BooleanConverter', 2: 'ShortConverter', 4: 'IntegerConverter', 8: 'LongConverter' }[
        bytes
      ];
      return `${side(chain)}.converter does not fit what the topic has (PRINT shows it): ${set(c, `'${side(chain)}.converter'='${converter === undefined ? '…' : `org.apache.kafka.connect.converters.${converter}`}'`)}${converter === undefined ? ' names the format' : ` where its values have ${bytes} bytes each`}`;
    },
  },
  {
    when: /Couldn't find or create file|NoSuchFileException|ENOENT/,
    advice: (c) =>
      `There is no such folder or file where the worker runs: make it, and RESTART CONNECTOR ${c}; or ${set(c, "'file'='…'")}`,
  },
  {
    when: /Failed to find any class that implements|ClassNotFoundException|NoClassDefFoundError/,
    advice: () => 'The class is on no plugin.path of the worker: SHOW CONNECTOR PLUGINS; lists what there is',
  },
  {
    when: /password authentication failed|no pg_hba\.conf entry|Access denied for user|SaslAuthenticationException|Authentication failed|\b401 Unauthorized/i,
    advice: (c) =>
      `The other side does not let it in: ${set(c, `'connection.user'='…', 'connection.password'='…'`)} or the setting that this connector logs in with`,
  },
  {
    when: /PKIX path|SSLHandshake|self[- ]signed certificate|unable to (?:get local issuer|verify the first) certificate|certificate (?:has expired|verify failed)/i,
    advice: () =>
      "TLS: the other side's certificate is not vouched for. Give its authority (sslrootcert of the URL, ssl.truststore.*), or see that the name and the dates are right",
  },
  {
    when: /'slot\.lost\.policy'='snapshot'/,
    advice: (c) =>
      `Changes are missing: ${set(c, `'slot.lost.policy'='snapshot'`)} makes a slot anew and reads the tables again, and takes back what they have no more`,
  },
  {
    when: /replication slot "?[\w-]+"? does not exist/i,
    advice: (c) =>
      `Its slot is gone, and changes since may be lost: RESET CONNECTOR OFFSETS OF ${c}; begins anew with a snapshot`,
  },
  {
    when: /WAL segment .* has already been removed|can no longer (?:get|access) (?:changes|replication slot)|replication slot .*(?:invalidated|lost)/i,
    advice: (c) =>
      `The database has removed WAL that was not read yet (max_slot_wal_keep_size): RESET CONNECTOR OFFSETS OF ${c}; begins anew with a snapshot`,
  },
  {
    when: /UnknownHostException|ENOTFOUND|EAI_AGAIN|Name or service not known/i,
    advice: (c) =>
      `The name of the host is not known from the worker: ${set(c, `'connection.url'='…'`)} or the setting that names it`,
  },
  {
    when: /ECONNREFUSED|Connection (?:to \S+ )?refused|connect timed out|ETIMEDOUT/i,
    advice: () => 'Nobody answers there: see that it runs, and that host and port are those that the worker can reach',
  },
  {
    when: /permission denied for|must be owner of|insufficient privilege/i,
    advice: () => 'The role lacks a right: GRANT it in the database',
  },
  {
    when: /No space left on device|ENOSPC|disk full/i,
    advice: () => 'A disk is full: make room; nothing that was acknowledged is lost',
  },
  {
    when: /incompatible with an earlier schema|Schema being registered is incompatible/i,
    advice: () =>
      "The registry refuses the new schema beside the subject's older ones: change its compatibility, or write to another topic",
  },
  {
    when: /(?:Topic|Group|Cluster|TransactionalId)AuthorizationException|Not authorized to access/i,
    advice: () => "An ACL is missing for the worker's principal: operation and resource stand in the cause",
  },
  {
    when: /UnknownTopicOrPartition|This server does not host this topic/i,
    advice: () =>
      'The topic does not exist: create it, or let the broker (auto.create.topics.enable) or the connector (topic.creation.default.*) do it',
  },
  {
    when: /OffsetOutOfRange|offsets? out of range/i,
    advice: (c) =>
      `What it was to read next is no longer there: ALTER CONNECTOR OFFSETS OF ${c} SET BEGINNING; or SET END;`,
  },
  {
    when: /RecordTooLarge|MESSAGE_TOO_LARGE|larger than (?:the )?(?:maximum|max)/i,
    advice: (c) =>
      `A record is too large: raise max.message.bytes of the topic and ${set(c, `'producer.override.max.request.size'='…'`)}`,
  },
  {
    when: /with a value without a schema/i,
    advice: (c) =>
      `Rows are made by a schema, and these records have none: ${set(c, `'sources'='…'`)} with the stream or table over the topic gives it`,
  },
  {
    when: /pk\.mode=none|requires? (?:records with a )?non-null (?:Struct|record (?:key|value))/i,
    advice: (c) =>
      `The records do not have the shape that pk.mode and delete.enabled ask for: ${set(c, `'pk.mode'='record_key'`)} where the key is the table's`,
  },
  {
    when: /relation "?[\w.]+"? does not exist|Table ".*" is missing|no such table/i,
    advice: (c) => `The table is not there: create it, or ${set(c, `'auto.create'='true'`)} for a sink`,
  },
  {
    when: /violates (?:not-null|foreign key|check|unique) constraint|duplicate key value|value too long for type|out of range for type|invalid input (?:syntax|value) for/i,
    advice: (c) => `A record does not fit its target: change the target, or ${putAside(c)} puts such records aside`,
  },
  {
    when: /\b(?:HTTP(?:\/\d(?:\.\d)?)?|status(?: code)?):? ?(?:4\d\d)\b/i,
    advice: () => 'The other side refuses the request: URL, headers and credentials are to be looked at',
  },
  {
    when: /\b(?:HTTP(?:\/\d(?:\.\d)?)?|status(?: code)?):? ?(?:5\d\d)\b/i,
    advice: () => 'The other side has failed, not this connector: it may work later',
  },
  {
    when: /Tolerance exceeded in error handler/,
    advice: (c) => `One record stopped it: ${putAside(c)} puts such records aside`,
  },
];
