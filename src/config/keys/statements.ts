import { from, group, guard, inert, query, server } from '../server-key.ts';

/** What statements may contain, and the default formats and topics. */
export const STATEMENT_KEYS = group(
  'Statements and what they create',
  {
    high: [],
    medium: [
      'dialect',
      'persistenceDefaultFormatKey',
      'persistenceDefaultFormatValue',
      'failOnDeserializationError',
      'failOnProductionError',
      'sinkPartitions',
      'sinkReplicas',
    ],
  },
  {
    dialect: query(
      'ksql.dialect',
      'STRING',
      'sluice',
      'sluice: all that Sluice understands; ksqldb: what ksqlDB refuses is refused, with its texts. Nothing else changes.',
      ['sluice', 'ksqldb'],
    ),
    persistenceDefaultFormatKey: query(
      'ksql.persistence.default.format.key',
      'STRING',
      'KAFKA',
      'Key format when a statement names none.',
    ),
    persistenceDefaultFormatValue: query(
      'ksql.persistence.default.format.value',
      'STRING',
      null,
      'Value format when a statement names none.',
    ),
    persistenceWrapSingleValues: query(
      'ksql.persistence.wrap.single.values',
      'BOOLEAN',
      null,
      'Whether a single value column is written as a record with one field.',
    ),
    sinkPartitions: from(
      1,
      query(
        'ksql.sink.partitions',
        'INT',
        null,
        'Partitions of the topics of CREATE ... AS whose WITH names none; else as many as the topic that is read. Of releases before 5.3.',
      ),
    ),
    sinkReplicas: from(
      1,
      query(
        'ksql.sink.replicas',
        'INT',
        null,
        'Replicas of the topics of CREATE ... AS whose WITH names none; else as many as the topic that is read. Of releases before 5.3.',
      ),
    ),
    outputTopicNamePrefix: query(
      'ksql.output.topic.name.prefix',
      'STRING',
      '',
      'Put before the name of a sink’s topic when none is given.',
    ),
    timestampThrowOnInvalid: query(
      'ksql.timestamp.throw.on.invalid',
      'BOOLEAN',
      'false',
      'Whether a record with an unreadable timestamp stops the query.',
    ),
    failOnDeserializationError: query(
      'ksql.fail.on.deserialization.error',
      'BOOLEAN',
      'false',
      'Whether an unreadable record stops the query.',
    ),
    failOnProductionError: query(
      'ksql.fail.on.production.error',
      'BOOLEAN',
      null,
      'Whether a record that the sink’s topic does not take stops the query. Default: one of a table does, whose state holds the row already; one of a stream is left out and told to the processing log.',
    ),
    suppressEnabled: query('ksql.suppress.enabled', 'BOOLEAN', 'true', 'Allow EMIT FINAL.'),
    suppressBufferSizeBytes: inert(
      from(-1, query('ksql.suppress.buffer.size.bytes', 'LONG', '-1', 'Bytes of the buffer of EMIT FINAL.')),
      'EMIT FINAL needs no buffer of its own',
    ),
    insertIntoValuesEnabled: query(
      'ksql.insert.into.values.enabled',
      'BOOLEAN',
      'true',
      'Allow INSERT INTO ... VALUES.',
    ),
    createOrReplaceEnabled: query('ksql.create.or.replace.enabled', 'BOOLEAN', 'true', 'Allow CREATE OR REPLACE.'),
    lambdasEnabled: query('ksql.lambdas.enabled', 'BOOLEAN', 'true', 'Allow lambda functions.'),
    headersColumnsEnabled: query('ksql.headers.columns.enabled', 'BOOLEAN', 'true', 'Allow HEADERS columns.'),
    rowpartitionRowoffsetEnabled: query(
      'ksql.rowpartition.rowoffset.enabled',
      'BOOLEAN',
      'true',
      'Provide ROWPARTITION and ROWOFFSET.',
    ),
    sourceTableMaterializationEnabled: query(
      'ksql.source.table.materialization.enabled',
      'BOOLEAN',
      'true',
      'Keep CREATE SOURCE TABLE in a store, for pull queries.',
    ),
    variableSubstitutionEnable: query(
      'ksql.variable.substitution.enable',
      'BOOLEAN',
      'true',
      'Replace ${name} in statements.',
    ),
    nestedErrorSetNull: inert(
      query('ksql.nested.error.set.null', 'BOOLEAN', 'true', 'An error in a nested expression makes it null.'),
      'an error in a nested expression always makes it NULL',
    ),
    newQueryPlannerEnabled: query(
      'ksql.new.query.planner.enabled',
      'BOOLEAN',
      'false',
      'Let a persistent SELECT over a stream leave key columns out and put them in another order, as ksqlDB’s newer planner does.',
    ),
    windowedSessionKeyLegacy: query(
      'ksql.windowed.session.key.legacy',
      'BOOLEAN',
      'false',
      'Keys of session windows with their start alone, as releases before 5.2 wrote them. Accepted; a statement with WINDOW SESSION is refused while it is true.',
    ),
    propertiesOverridesDenylist: guard(
      server('ksql.properties.overrides.denylist', 'LIST', '', 'Keys that requests and sessions may not set.'),
    ),
  },
);
