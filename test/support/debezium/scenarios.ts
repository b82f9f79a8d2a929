import { DEFAULTS, TYPES } from './columns.ts';

/**
 * Changes that are made to a database while Debezium connectors read it: real connectors in `record.ts`, which stores
 * their output, and ours in a test that compares the output with it. Each scenario has its own database, of the same
 * name.
 */
export interface Scenario {
  readonly name: string;
  /** Statements that run before the connectors are created. */
  readonly setup: string;
  /** Settings of the connectors that read concurrently, by connector name, in addition to the common settings. */
  readonly connectors: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /**
   * Statements that run in sequence while the connectors stream; a string with several statements is one transaction.
   */
  readonly steps: readonly string[];
}

/** Inserts the last row: a connector that has read it has read everything. */
export const END = 'INSERT INTO app.zz_end VALUES (1)';
export const END_TABLE = 'app.zz_end';

/** The statement that sends a signal to a connector. */
const signal = (id: string, type: string, data: object): string =>
  `INSERT INTO app.signal VALUES ('${id}', '${type}', '${JSON.stringify(data)}')`;

/** The complete settings of a connector of a scenario. `prefix` is the connector's name. */
export function settingsOf(scenario: Scenario, connector: string): Record<string, string> {
  const name = `${scenario.name}_${connector}`;
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'database.dbname': scenario.name,
    'plugin.name': 'pgoutput',
    'topic.prefix': name,
    'slot.name': name,
    'publication.name': name,
    'poll.interval.ms': '50',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'true',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true',
    ...scenario.connectors[connector],
  };
}

/**
 * Columns that Debezium can read when they are NOT NULL. For the values of the others it yields NULL and then fails.
 */
const STRICT = TYPES.filter(([name]) => !['c_bit_array', 'c_timestamp_old', 'c_name'].includes(name));

const PRELUDE = `
  CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS hstore; CREATE EXTENSION IF NOT EXISTS ltree; CREATE EXTENSION IF NOT EXISTS isn;
  CREATE SCHEMA app;
  CREATE TYPE app.mood AS ENUM ('sad', 'happy');
  CREATE TYPE app.pair AS (a int, b text);
  CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
  CREATE DOMAIN app.price AS numeric(8,3);
  CREATE TABLE app.zz_end (id int PRIMARY KEY);
  -- 6,400 letters that are stored apart from their row.
  CREATE FUNCTION app.big(n int) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(md5((i + n)::text), '') FROM generate_series(1, 200) i $$;
  CREATE FUNCTION app.long(n int) RETURNS int[] LANGUAGE sql AS $$ SELECT array_agg(i + n) FROM generate_series(1, 800) i $$;
`;

const ONE_DEFAULT = `INSERT INTO app.defaults (n, q, z, al) VALUES ('2024-01-01', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2024-01-01', '2024-01-01')`;

/** Columns whose values are stored out of line (TOAST), with a value for each. */
const BIG_COLUMNS: readonly (readonly [name: string, type: string, value: string])[] = [
  ['t', 'text', `app.big(0)`],
  ['vc', 'varchar(8000)', `app.big(0)`],
  ['ci', 'citext', `app.big(0)`],
  ['b', 'bytea', `convert_to(app.big(0), 'UTF8')`],
  ['tl', 'text[]', `ARRAY[app.big(0)]`],
  ['bl', 'bytea[]', `ARRAY[convert_to(app.big(0), 'UTF8')]`],
  ['sl', 'smallint[]', `app.long(0)::smallint[]`],
  ['il', 'int[]', `app.long(0)`],
  ['ll', 'bigint[]', `app.long(0)::bigint[]`],
  ['fl', 'float8[]', `app.long(0)::float8[]`],
  ['nl', 'numeric(10,2)[]', `app.long(0)::numeric(10,2)[]`],
  ['al', 'numeric[]', `app.long(0)::numeric[]`],
  ['ol', 'boolean[]', `(SELECT array_agg(true) FROM generate_series(1, 6000))`],
  ['dl', 'date[]', `(SELECT array_agg(date '2024-01-01') FROM generate_series(1, 800))`],
  ['tsl', 'timestamp[]', `(SELECT array_agg(timestamp '2024-01-01') FROM generate_series(1, 800))`],
  ['tzl', 'timestamptz[]', `(SELECT array_agg(timestamptz '2024-01-01') FROM generate_series(1, 800))`],
  ['ul', 'uuid[]', `(SELECT array_agg('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid) FROM generate_series(1, 200))`],
  ['el', 'app.mood[]', `(SELECT array_agg('sad'::app.mood) FROM generate_series(1, 800))`],
  ['j', 'jsonb', `jsonb_build_object('a', app.big(0))`],
  ['jl', 'jsonb[]', `ARRAY[jsonb_build_object('a', app.big(0))]`],
  ['h', 'hstore', `hstore('a', app.big(0))`],
  ['x', 'xml', `('<a>' || app.big(0) || '</a>')::xml`],
  ['vb', 'varbit', `repeat('10', 20000)::varbit`],
  ['nm', 'numeric', `repeat('123456789', 1000)::numeric`],
  ['ir', 'numrange', `numrange(repeat('123456789', 1000)::numeric, NULL, '()')`],
  ['nn', 'text NOT NULL', `app.big(0)`],
];
const toasted = (table: string): string => `
  CREATE TABLE app.${table} (id int PRIMARY KEY, n int, ${BIG_COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')});
  ${BIG_COLUMNS.map(([name]) => `ALTER TABLE app.${table} ALTER ${name} SET STORAGE EXTERNAL;`).join(' ')}
  INSERT INTO app.${table} SELECT 1, 1, ${BIG_COLUMNS.map(([, , value]) => value).join(', ')};`;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'types',
    setup: `${PRELUDE}
      CREATE TABLE app.wide (id int PRIMARY KEY, ${TYPES.map(([name, type]) => `${name} ${type}`).join(', ')});
      INSERT INTO app.wide VALUES (1, ${TYPES.map(([, , value]) => value).join(', ')});
      INSERT INTO app.wide (id) VALUES (2);
      CREATE TABLE app.strict (id int PRIMARY KEY, ${STRICT.map(([name, type]) => `${name} ${type} NOT NULL`).join(', ')})`,
    connectors: {
      plain: {},
      unknown: { 'include.unknown.datatypes': 'true' },
      strings: {
        'decimal.handling.mode': 'string',
        'time.precision.mode': 'isostring',
        'interval.handling.mode': 'string',
        'binary.handling.mode': 'base64',
        'hstore.handling.mode': 'map',
      },
      doubles: {
        'decimal.handling.mode': 'double',
        'time.precision.mode': 'connect',
        'binary.handling.mode': 'hex',
        'money.fraction.digits': '3',
      },
      micros: { 'time.precision.mode': 'adaptive_time_microseconds', 'binary.handling.mode': 'base64-url-safe' },
      microseconds: { 'time.precision.mode': 'microseconds' },
      nanoseconds: { 'time.precision.mode': 'nanoseconds' },
    },
    steps: [
      `INSERT INTO app.wide SELECT 3, ${TYPES.map(([name]) => name).join(', ')} FROM app.wide WHERE id = 1`,
      `INSERT INTO app.wide (id) VALUES (4)`,
      `DELETE FROM app.wide WHERE id = 3`,
      `INSERT INTO app.strict SELECT id, ${STRICT.map(([name]) => name).join(', ')} FROM app.wide WHERE id = 1`,
      `DELETE FROM app.strict`,
    ],
  },
  {
    name: 'defaults',
    setup: `${PRELUDE}
      CREATE TABLE app.defaults (id serial PRIMARY KEY, ${DEFAULTS.join(', ')});
      ${ONE_DEFAULT}`,
    connectors: {
      plain: {},
      strings: {
        'decimal.handling.mode': 'string',
        'time.precision.mode': 'isostring',
        'interval.handling.mode': 'string',
        'binary.handling.mode': 'hex',
      },
      doubles: { 'decimal.handling.mode': 'double', 'time.precision.mode': 'connect', 'hstore.handling.mode': 'map' },
    },
    steps: [ONE_DEFAULT, `UPDATE app.defaults SET c = 43 WHERE id = 2`, `DELETE FROM app.defaults WHERE id = 2`],
  },
  {
    name: 'odd',
    setup: `${PRELUDE}
      CREATE TABLE app.times (id int PRIMARY KEY, d date, ts timestamp, tz timestamptz, t time);
      INSERT INTO app.times VALUES (1, 'infinity', 'infinity', 'infinity', '24:00'), (2, '-infinity', '-infinity', '-infinity', '00:00'),
        (3, '9999-12-31', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999+00', '00:00:00.000001'), (4, '0001-01-01', '0001-01-01', '0001-01-01 00:00:00+00', NULL);
      CREATE TABLE app.floats (id int PRIMARY KEY, r real, f double precision);
      INSERT INTO app.floats VALUES (1, 3.4e38, 1.7e308), (3, 1e-7, 1e21), (4, 0.1, 123456789.125);
      CREATE TABLE app.numbers (id int PRIMARY KEY, n numeric, m numeric(12,4));
      INSERT INTO app.numbers VALUES (1, 0, 0), (2, -0.000001, -1), (3, 1e20, 99999999.9999);
      CREATE TABLE app.bits (id int PRIMARY KEY, b1 bit, b8 bit(8), b20 bit(20), b70 bit(70), v20 varbit(20), v varbit);
      INSERT INTO app.bits VALUES (1, B'0', B'00000001', B'00000000000000000001', ('1' || repeat('0', 69))::bit(70), B'00000001', B'000000000000000001'),
        (2, B'1', B'10000000', B'10000000000000000000', repeat('0', 70)::bit(70), B'', B'1000000000000'), (3, B'1', B'00000000', B'00000000100000000000', repeat('1', 70)::bit(70), B'0', ('1' || repeat('0', 32))::varbit),
        (4, B'1', B'11111111', B'00001111000000001111', repeat('10', 35)::bit(70), B'1', repeat('1', 64)::varbit);
      CREATE TABLE app.spans (id int PRIMARY KEY, i interval, y interval year to month, tt timetz, m money, h hstore, pt point, f4 real[], t timestamptz(6));
      INSERT INTO app.spans VALUES (1, '0', '13 mons', '00:00+15', 0, '', '(1e10,-0.5)', '{NaN,-0,1e20}', '0044-03-15 12:00:00.1 BC'),
        (2, '-1 year -2 mons +3 days -04:05:06.7', '-1 mons', '24:00:00', '92233720368547758.07', 'a=>""', '(NaN,Infinity)', '{}', '10000-01-01 00:00:00+00'),
        (3, '100 hours', '0', '12:30:15.5-03:30', -0.01, '"a\\"b"=>"\\\\"', NULL, NULL, '2024-01-01 00:00:00+13:45'), (4, '178000000 years', '1 year', NULL, NULL, NULL, NULL, NULL, NULL);
      CREATE TABLE app."Mixed Case" ("Id" int PRIMARY KEY, "a b" text, "x-y" int, "1st" int, "ü" int);
      INSERT INTO app."Mixed Case" VALUES (1, 'x', 2, 3, 4)`,
    connectors: {
      plain: {},
      avro: { 'schema.name.adjustment.mode': 'avro', 'field.name.adjustment.mode': 'avro' },
      unicode: { 'schema.name.adjustment.mode': 'avro_unicode', 'field.name.adjustment.mode': 'avro_unicode' },
      isostring: { 'time.precision.mode': 'isostring' },
      connect: { 'time.precision.mode': 'connect' },
      strings: {
        'interval.handling.mode': 'string',
        'decimal.handling.mode': 'string',
        'hstore.handling.mode': 'map',
        'time.precision.mode': 'nanoseconds',
      },
    },
    steps: [
      `INSERT INTO app.bits SELECT id + 10, b1, b8, b20, b70, v20, v FROM app.bits ORDER BY id`,
      `INSERT INTO app.spans SELECT id + 10, i, y, tt, m, h, pt, f4, t FROM app.spans ORDER BY id`,
      `INSERT INTO app.times SELECT id + 10, d, ts, tz, t FROM app.times ORDER BY id`,
      `INSERT INTO app.floats SELECT id + 10, r, f FROM app.floats ORDER BY id`,
      `INSERT INTO app.numbers SELECT id + 10, n, m FROM app.numbers ORDER BY id`,
      `INSERT INTO app."Mixed Case" VALUES (2, 'y', 2, 3, 4)`,
    ],
  },
  {
    name: 'nan',
    setup: `${PRELUDE}
      CREATE TABLE app.floats (id int PRIMARY KEY, r real, f double precision, n numeric, m numeric(10,2));
      INSERT INTO app.floats VALUES (1, 'NaN', 'NaN', 'NaN', 'NaN'), (2, 'Infinity', '-Infinity', 'Infinity', NULL);
      CREATE TABLE app.matrix (id int PRIMARY KEY, i int[][], t text[][]); INSERT INTO app.matrix VALUES (1, '{{1,2},{3,4}}', '{{a,b}}')`,
    connectors: {
      plain: {},
      fail: { 'event.converting.failure.handling.mode': 'fail' },
      strings: { 'decimal.handling.mode': 'string' },
      doubles: { 'decimal.handling.mode': 'double' },
    },
    steps: [`INSERT INTO app.floats SELECT id + 10, r, f, n, m FROM app.floats ORDER BY id`],
  },
  {
    name: 'toast',
    setup: `${PRELUDE} ${toasted('plain')} ${toasted('whole')} ALTER TABLE app.whole REPLICA IDENTITY FULL;`,
    connectors: {
      plain: {},
      texts: {
        'decimal.handling.mode': 'string',
        'binary.handling.mode': 'base64-url-safe',
        'time.precision.mode': 'connect',
      },
      other: { 'unavailable.value.placeholder': 'gone', 'hstore.handling.mode': 'map', 'binary.handling.mode': 'hex' },
      unsnapped: { 'snapshot.mode': 'no_data', 'binary.handling.mode': 'base64' },
    },
    steps: [
      `UPDATE app.plain SET n = 2`,
      `UPDATE app.plain SET t = 'short' || app.big(3)`,
      `UPDATE app.whole SET n = 2`,
      `UPDATE app.plain SET id = 2`,
      `DELETE FROM app.plain`,
      `DELETE FROM app.whole`,
    ],
  },
  {
    name: 'identity',
    setup: `${PRELUDE}
      CREATE TABLE app.plain (id int, name text NOT NULL, n int, at timestamptz NOT NULL DEFAULT '2024-01-01', PRIMARY KEY (id));
      CREATE TABLE app.whole (LIKE app.plain INCLUDING ALL); ALTER TABLE app.whole REPLICA IDENTITY FULL;
      CREATE TABLE app.by_index (LIKE app.plain INCLUDING ALL); CREATE UNIQUE INDEX by_index_name ON app.by_index (name); ALTER TABLE app.by_index REPLICA IDENTITY USING INDEX by_index_name;
      CREATE TABLE app.doubles (b int, a text, x text, PRIMARY KEY (a, b));
      CREATE TABLE app.keyless (id int, name text); ALTER TABLE app.keyless REPLICA IDENTITY FULL;
      CREATE TABLE app.indexed (id int NOT NULL, name text NOT NULL UNIQUE); ALTER TABLE app.indexed REPLICA IDENTITY FULL;
      INSERT INTO app.plain VALUES (1, 'a', 1), (2, 'b', 2); INSERT INTO app.whole VALUES (1, 'a', 1), (2, 'b', 2); INSERT INTO app.by_index VALUES (1, 'a', 1), (2, 'b', 2);
      INSERT INTO app.doubles VALUES (1, 'k', 'x'); INSERT INTO app.keyless VALUES (1, 'a'); INSERT INTO app.indexed VALUES (1, 'a')`,
    connectors: {
      plain: {},
      no_tombstones: { 'tombstones.on.delete': 'false' },
      skip: { 'skipped.operations': 'u,d' },
      keys: { 'message.key.columns': 'app.plain:name;app.keyless:id,name', 'table.exclude.list': 'app.doubles' },
    },
    steps: [
      ...['plain', 'whole', 'by_index'].flatMap((table) => [
        `UPDATE app.${table} SET n = 10 WHERE id = 1`,
        `UPDATE app.${table} SET id = 3 WHERE id = 1`,
        `UPDATE app.${table} SET name = 'c' WHERE id = 2`,
        `DELETE FROM app.${table} WHERE id = 2`,
      ]),
      `UPDATE app.doubles SET x = 'y'`,
      `UPDATE app.doubles SET b = 2`,
      `DELETE FROM app.doubles`,
      `UPDATE app.keyless SET name = 'b'`,
      `DELETE FROM app.keyless`,
      `UPDATE app.indexed SET name = 'b'`,
      `DELETE FROM app.indexed`,
    ],
  },
  {
    name: 'nothing',
    setup: `${PRELUDE}
      CREATE TABLE app.plain (id int PRIMARY KEY, name text); ALTER TABLE app.plain REPLICA IDENTITY NOTHING;
      CREATE TABLE app.keyless (id int, name text);
      INSERT INTO app.plain VALUES (1, 'a'); INSERT INTO app.keyless VALUES (1, 'a');
      CREATE PUBLICATION nothing_plain FOR ALL TABLES WITH (publish = 'insert,truncate')`,
    connectors: { plain: {} },
    steps: [
      `INSERT INTO app.plain VALUES (2, 'b')`,
      `UPDATE app.plain SET name = 'c'`,
      `DELETE FROM app.plain`,
      `INSERT INTO app.keyless VALUES (2, 'b')`,
    ],
  },
  {
    name: 'truncate',
    setup: `${PRELUDE}
      CREATE TABLE app.a (id int PRIMARY KEY, name text); CREATE TABLE app.b (id int PRIMARY KEY); CREATE TABLE app.c (id int);
      INSERT INTO app.a VALUES (1, 'x'); INSERT INTO app.b VALUES (1)`,
    connectors: { plain: {}, truncates: { 'skipped.operations': 'none' } },
    steps: [`TRUNCATE app.a, app.b`, `INSERT INTO app.a VALUES (2, 'y')`, `TRUNCATE app.c`],
  },
  {
    name: 'drift',
    setup: `${PRELUDE}
      CREATE TABLE app.t (id int PRIMARY KEY, a text, b int); INSERT INTO app.t VALUES (1, 'a', 1)`,
    connectors: { plain: {} },
    steps: [
      `INSERT INTO app.t VALUES (2, 'b', 2)`,
      `ALTER TABLE app.t ADD c numeric(5,1) NOT NULL DEFAULT 1.5`,
      `INSERT INTO app.t VALUES (3, 'c', 3, 2.5)`,
      `ALTER TABLE app.t DROP b; INSERT INTO app.t VALUES (4, 'd', 3.5)`,
      `ALTER TABLE app.t RENAME a TO z; INSERT INTO app.t VALUES (5, 'e', 4.5)`,
      `ALTER TABLE app.t ALTER z TYPE varchar(30), ALTER id TYPE bigint; INSERT INTO app.t VALUES (6, 'f', 5.5)`,
      `UPDATE app.t SET z = 'g' WHERE id = 6`,
      `CREATE TABLE app.u (id int PRIMARY KEY, x text); INSERT INTO app.u VALUES (1, 'new')`,
    ],
  },
  {
    name: 'parts',
    setup: `${PRELUDE}
      CREATE TABLE app.p (id int, at date, x text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE app.p_2023 PARTITION OF app.p FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
      CREATE TABLE app.p_2024 PARTITION OF app.p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
      INSERT INTO app.p VALUES (1, '2023-05-05', 'a'), (2, '2024-05-05', 'b')`,
    connectors: {
      plain: {},
      root: { 'publish.via.partition.root': 'true' },
      filtered: { 'publication.autocreate.mode': 'filtered', 'table.include.list': 'app.p,app.zz_end' },
    },
    steps: [
      `INSERT INTO app.p VALUES (3, '2023-06-06', 'c'), (4, '2024-06-06', 'd')`,
      `UPDATE app.p SET at = '2024-07-07' WHERE id = 3`,
      `DELETE FROM app.p WHERE id = 4`,
    ],
  },
  {
    name: 'columns',
    setup: `${PRELUDE}
      CREATE TABLE app.t (id int PRIMARY KEY, secret text, name varchar(20), n numeric(8,2), ts timestamp(3), mail text);
      CREATE TABLE app.other (id int PRIMARY KEY, secret text);
      INSERT INTO app.t VALUES (1, 'geheim', 'a long name', 1.5, '2024-01-01', 'a@b.c'); INSERT INTO app.other VALUES (1, 's')`,
    connectors: {
      exclude: { 'column.exclude.list': 'app.t.secret,app.*.mail' },
      include: { 'column.include.list': 'app.t.id,app.t.name,app.zz_end.id', 'table.include.list': 'app.t,app.zz_end' },
      mask: {
        'column.mask.with.5.chars': 'app.t.secret',
        'column.truncate.to.4.chars': 'app.t.name',
        'column.mask.hash.SHA-256.with.salt.CzQMA0cB5K': 'app.t.mail',
        'column.mask.hash.v2.SHA-256.with.salt.CzQMA0cB5K': 'app.other.secret',
      },
      mask_zero: { 'column.mask.with.0.chars': 'app.t.secret' },
      propagate: { 'column.propagate.source.type': 'app.t.name,app.t.n' },
      propagate_types: { 'datatype.propagate.source.type': '.+\\.numeric,.+\\.varchar,.+\\.timestamp' },
      schema_list: { 'schema.include.list': 'app', 'table.exclude.list': 'app.oth.*' },
      unchanged: { 'skip.messages.without.change': 'true', 'column.exclude.list': 'app.t.secret' },
    },
    steps: [
      `INSERT INTO app.t VALUES (2, NULL, NULL, NULL, NULL, NULL)`,
      `UPDATE app.t SET secret = 'anders' WHERE id = 1`,
      `UPDATE app.t SET name = 'x' WHERE id = 1`,
      `DELETE FROM app.t WHERE id = 1`,
      `INSERT INTO app.other VALUES (2, 't')`,
    ],
  },
  {
    name: 'transactions',
    setup: `${PRELUDE}
      CREATE TABLE app.a (id int PRIMARY KEY, x text); CREATE TABLE app.b (id int PRIMARY KEY, x text);
      INSERT INTO app.a VALUES (1, 'x')`,
    connectors: {
      plain: { 'provide.transaction.metadata': 'true' },
      named: { 'provide.transaction.metadata': 'true', 'topic.transaction': 'tx', 'topic.delimiter': '_' },
      messages: { 'message.prefix.include.list': 'app.*' },
    },
    steps: [
      `INSERT INTO app.a VALUES (2, 'y'), (3, 'z'); INSERT INTO app.b VALUES (1, 'b'); UPDATE app.a SET x = 'w' WHERE id = 2`,
      `DELETE FROM app.a`,
      `SELECT pg_logical_emit_message(true, 'app_in', 'inside a transaction'); INSERT INTO app.a VALUES (9, 'q')`,
      `SELECT pg_logical_emit_message(false, 'app_out', 'outside')`,
      `SELECT pg_logical_emit_message(true, 'other', 'not listed')`,
    ],
  },
  {
    name: 'snapshots',
    setup: `${PRELUDE}
      CREATE TABLE app.a (id int PRIMARY KEY, x text); CREATE TABLE app.b (id int PRIMARY KEY, x text);
      INSERT INTO app.a VALUES (1, 'x'), (2, 'y'), (3, 'z'); INSERT INTO app.b VALUES (1, 'x'), (2, 'y')`,
    connectors: {
      initial: { 'snapshot.mode': 'initial' },
      no_data: { 'snapshot.mode': 'no_data' },
      always: { 'snapshot.mode': 'always' },
      when_needed: { 'snapshot.mode': 'when_needed' },
      by_configuration: {
        'snapshot.mode': 'configuration_based',
        'snapshot.mode.configuration.based.snapshot.data': 'true',
        'snapshot.mode.configuration.based.start.stream': 'true',
      },
      some: { 'snapshot.include.collection.list': 'app.a' },
      selected: {
        'snapshot.select.statement.overrides': 'app.a',
        'snapshot.select.statement.overrides.app.a': 'SELECT * FROM app.a WHERE id > 1',
      },
    },
    steps: [`INSERT INTO app.a VALUES (4, 'n')`, `INSERT INTO app.b VALUES (4, 'n')`],
  },
  {
    name: 'signals',
    setup: `${PRELUDE}
      CREATE TABLE app.a (id int PRIMARY KEY, x text); CREATE TABLE app.signal (id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(2048));
      INSERT INTO app.a VALUES (1, 'x'), (2, 'y'), (3, 'z')`,
    connectors: {
      plain: {
        'signal.data.collection': 'app.signal',
        'notification.enabled.channels': 'sink',
        'notification.sink.topic.name': 'signals_plain_notes',
        'incremental.snapshot.chunk.size': '2',
        'snapshot.mode': 'no_data',
      },
      heartbeat: { 'heartbeat.interval.ms': '300', 'signal.data.collection': 'app.signal' },
    },
    steps: [
      `INSERT INTO app.signal VALUES ('s1', 'log', '{"message": "at {}"}')`,
      `INSERT INTO app.signal VALUES ('s2', 'execute-snapshot', '{"data-collections": ["app.a"], "type": "incremental"}')`,
      `SELECT pg_sleep(3)`,
      `INSERT INTO app.signal VALUES ('s3', 'execute-snapshot', '{"data-collections": ["app.a"], "type": "incremental", "additional-conditions": [{"data-collection": "app.a", "filter": "id = 2"}]}')`,
      `SELECT pg_sleep(3)`,
      `INSERT INTO app.signal VALUES ('s4', 'execute-snapshot', '{"data-collections": ["app.a"], "type": "blocking"}')`,
      `SELECT pg_sleep(3)`,
    ],
  },
  {
    name: 'notifications',
    setup: `${PRELUDE}
      CREATE TABLE app.a (id int PRIMARY KEY, x text); CREATE TABLE app.b (i int, j text, PRIMARY KEY (i, j));
      CREATE TABLE app.empty (id int PRIMARY KEY); CREATE TABLE app.keyless (n int); CREATE TABLE app.stopped (id int PRIMARY KEY);
      CREATE TABLE app.signal (id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(2048));
      INSERT INTO app.a VALUES (1, 'x'), (2, 'y'), (3, 'z'); INSERT INTO app.b VALUES (1, 'x'), (1, 'y'), (2, 'z'), (3, 'z'); INSERT INTO app.keyless VALUES (1); INSERT INTO app.stopped VALUES (1), (2), (3)`,
    connectors: {
      plain: {
        'signal.data.collection': 'app.signal',
        'notification.enabled.channels': 'sink',
        'notification.sink.topic.name': 'notifications_plain_notes',
        'incremental.snapshot.chunk.size': '2',
      },
    },
    steps: [
      signal('n1', 'execute-snapshot', { 'data-collections': ['app.a', 'app.b'] }),
      `SELECT pg_sleep(9)`,
      signal('n2', 'execute-snapshot', { 'data-collections': ['app.empty'] }),
      `SELECT pg_sleep(9)`,
      signal('n3', 'execute-snapshot', { 'data-collections': ['app.keyless'] }),
      `SELECT pg_sleep(9)`,
      signal('n4', 'execute-snapshot', { 'data-collections': ['app.nope'] }),
      `SELECT pg_sleep(9)`,
      `${signal('n5', 'execute-snapshot', { 'data-collections': ['app.stopped'] })}; ${signal('n6', 'pause-snapshot', { type: 'incremental' })}`,
      `SELECT pg_sleep(9)`,
      signal('n7', 'resume-snapshot', { type: 'incremental' }),
      `SELECT pg_sleep(9)`,
      `${signal('n8', 'execute-snapshot', { 'data-collections': ['app.stopped', 'app.b'] })}; ${signal('n9', 'stop-snapshot', { type: 'incremental' })}`,
      `SELECT pg_sleep(9)`,
      `${signal('n10', 'execute-snapshot', { 'data-collections': ['app.stopped', 'app.b'] })}; ${signal('n11', 'stop-snapshot', { type: 'incremental', 'data-collections': ['app.b'] })}`,
      `SELECT pg_sleep(9)`,
      signal('n12', 'execute-snapshot', { 'data-collections': ['app.a', 'app.b'], type: 'blocking' }),
      `SELECT pg_sleep(9)`,
    ],
  },
];
