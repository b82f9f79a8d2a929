/**
 * The equivalent of another database's settings: a pattern of the name (lower case, without `session`) and the advice.
 */
const WAYS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:search_path|(?:current_)?schema|catalog|database|default_database)\b/,
    'There is one database without schemas, so nothing is to be chosen. SHOW STREAMS; and SHOW TABLES; list what it holds.',
  ],
  [
    /^(?:time[ _]?zone|table\.local-time-zone)\b/,
    "Times are kept and shown in UTC; a zone is an argument where one counts: FORMAT_TIMESTAMP(ts, 'yyyy-MM-dd HH:mm', 'Europe/Paris'), CONVERT_TZ(ts, 'UTC', 'Europe/Paris').",
  ],
  [
    /^(?:role|session_authorization|authorization|user|password)\b/,
    'Who asks is found out when a client connects: sluice cli URL -U NAME. No statement changes it.',
  ],
  [
    /^(?:transaction|autocommit|default_transaction|isolation)\b/,
    'There is no transaction over several statements: each statement takes effect by itself.',
  ],
  [
    /^(?:statement_timeout|lock_timeout|idle_in_transaction|max_execution_time)\b/,
    'How long a statement may take is a setting of the server: ksql.statement.max.ms, 300000 unless it is set.',
  ],
  [
    /^(?:work_mem|max_memory|memory_limit|maintenance_work_mem)\b/,
    "What one query may hold: SET 'ksql.query.pull.max.memory'='268435456';",
  ],
  [/^(?:client_encoding|names|character|charset|datestyle|sql_mode|standard_conforming)\b/, 'Texts are UTF-8, always.'],
  [
    /^(?:parallelism|parallelism\.default|max_parallel_workers|pipeline\.max-parallelism)\b/,
    'A query has as many tasks as the topic that it reads has partitions: PARTITIONS in WITH says how many.',
  ],
  [
    /^execution\.checkpointing|^state\.checkpoints?\b|^checkpoint/,
    "State and results are committed together: SET 'commit.interval.ms'='100'; says how often.",
  ],
  [
    /^(?:scan\.startup\.mode|startup\.mode)\b/,
    "SET 'auto.offset.reset'='earliest'; has streams read from their beginning.",
  ],
  [
    /^(?:execution\.runtime-mode|sql-client\.|table\.exec|pipeline\.)/,
    'It is a setting of Flink: SHOW PROPERTIES; lists those of this server.',
  ],
];

/** Advice for a setting of Postgres, MySQL, Flink …; undefined for other names. */
export function foreignSetting(name: string): string | undefined {
  const asked = name
    .trim()
    .toLowerCase()
    .replace(/^(?:session|local|global|@@(?:session\.|global\.)?)\s*/, '');
  return WAYS.find(([begin]) => begin.test(asked))?.[1];
}

/** Properties that do not belong in the WITH of a stream or table: a pattern of the name, and the advice. */
const NO_PROPERTIES: readonly (readonly [RegExp, (name: string) => string])[] = [
  [
    /^(?:bootstrap\.servers?|brokers?|kafka\.brokers?|kafka\.bootstrap\.servers?)$/,
    () =>
      'Where Kafka is says the server, not a stream: bootstrap.servers in its file, or --set bootstrap.servers=host:9092. Leave it out here.',
  ],
  [
    /(?:^|\.)schema\.?registry(?:\.url)?$|^schema\.location$/,
    () =>
      'Which schema registry is used says the server, not a stream: ksql.schema.registry.url in its file, or --set ksql.schema.registry.url=http://host:8081. Leave it out here.',
  ],
  [
    /^(?:security|sasl|ssl)\./,
    (name) =>
      `How Kafka is reached says the server, not a stream: ${name} in its file, or --set ${name}=…. Leave it out here.`,
  ],
  [
    /^(?:auto\.)?offset\.reset$|^(?:scan\.)?startup\.mode$|^auto\.offset\.reset$|^start\.from$|^offsets?$/,
    () =>
      "Where reading begins says the query's session: SET 'auto.offset.reset'='earliest'; before the query. Leave it out here.",
  ],
  [/(?:^|\.)group\.id$|^consumer\.group$|^group$/, () => 'Each query has a consumer group of its own: leave it out.'],
];

/** Advice for a property of Kafka's clients, or of Flink's tables, in the WITH of a stream or table. */
export function foreignProperty(name: string): string | undefined {
  const asked = name
    .trim()
    .toLowerCase()
    .replaceAll('_', '.')
    .replace(/^(?:properties|kafka|consumer|producer)\.(?=[a-z]+\.)/, '');
  return NO_PROPERTIES.find(([pattern]) => pattern.test(asked))?.[1](asked);
}
