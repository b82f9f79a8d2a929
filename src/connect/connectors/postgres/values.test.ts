import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findZone, UTC } from '../../../types/zone.ts';
import { readDate, readDecimal, readInteger, readMicros } from './byte-parsers.ts';
import { configOf } from '../../api/config-spec.ts';
import { nextPass, type PassSpec } from '../database/passes.ts';
import { changesPass } from './changes-mode.ts';
import { POSTGRES } from './dialect.ts';
import { fieldOf } from './fields.ts';
import { arrayText, canHold, columnTypeFor, toText } from './sink-types.ts';
import { OID } from './type-oids.ts';
import { parseConnectionUrl } from './url.ts';
import { codecOf, parseArray, parseMicros, parseTime, type ColumnOptions } from './value-types.ts';
import { arrayOf, decimalSchema, primitive, timestampSchema } from '../../api/schema.ts';

const options: ColumnOptions = { numeric: 'none', zone: UTC, timestamps: 'connect_logical', infinity: 'end' };
const bytes = (text: string) => Buffer.from(text);

describe('connection URLs', () => {
  test.each([
    ['jdbc:postgresql://h:1/d', { host: 'h', port: 1, database: 'd', ssl: false }],
    [
      'jdbc:postgresql://h/d?user=u&password=p%40&sslmode=require',
      { host: 'h', port: 5432, user: 'u', password: 'p@', ssl: { rejectUnauthorized: false } },
    ],
    ['jdbc:postgresql:d', { host: 'localhost', database: 'd' }],
    ['postgres://u:p%2Fw@[::1]:7/my-db', { host: '::1', port: 7, user: 'u', password: 'p/w', database: 'my-db' }],
    ['postgresql://u@a:1,b:2/d?currentSchema=s', { host: 'a', port: 1, user: 'u', schema: 's' }],
    ['postgres://h/d?sslmode=verify-full', { ssl: { rejectUnauthorized: true, checksHost: true } }],
    ['postgres://h/d?sslmode=verify-ca', { ssl: { rejectUnauthorized: true, checksHost: false } }],
    ['postgres://h/d?sslmode=prefer', { ssl: false }],
    ['postgres://h/d?SSLMODE=verify-ca', { ssl: { rejectUnauthorized: true, checksHost: false } }],
    ['postgres://h/d?sslrootcert=system', { ssl: { rejectUnauthorized: true, checksHost: true, rootCert: undefined } }],
    ['postgres://h/d?requiressl=1', { ssl: { rejectUnauthorized: false } }],
    [
      'postgres://h/d?sslmode=require&ssl_min_protocol_version=TLSv1.3',
      { ssl: { rejectUnauthorized: false, minVersion: 'TLSv1.3' } },
    ],
    [
      'jdbc:postgresql://h/d?ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory',
      { ssl: { rejectUnauthorized: false } },
    ],
    ['postgres://h/d?sslnegotiation=postgres&channel_binding=prefer&sslcompression=0', { ssl: false }],
    ['postgres://h/d?sslmode=require&sslrootcert=/c.pem', { ssl: { rejectUnauthorized: true, checksHost: false } }],
    ['postgres://h/d?sslrootcert=/c.pem', { ssl: { rejectUnauthorized: true, checksHost: true, rootCert: '/c.pem' } }],
  ])('%s', (url, expected) => {
    expect(parseConnectionUrl(url)).toMatchObject(expected);
  });
  test.each([
    ['sslmode=requires', 'sslmode=requires of the URL: it is one of disable, allow'],
    ['sslmode=prefer&sslrootcert=/c.pem', 'sslrootcert of the URL has no effect: sslmode=prefer asks for none'],
    ['sslcert=/c.pem&sslkey=/k.pem', 'sslcert of the URL has no effect: nothing asks for TLS'],
    ['sslmode=require&sslrootcert=system', 'too weak for sslrootcert=system'],
    ['sslca=/c.pem', 'sslca of the URL has no effect here: TLS is said by sslmode, sslrootcert'],
    ['ssl-ca=/c.pem', 'ssl-ca of the URL has no effect'],
    ['sslcrl=/c.crl', 'sslcrl of the URL has no effect'],
    ['sslfactory=org.example.Own', 'sslfactory of the URL has no effect'],
    ['sslmode=verify-full&sslfactory=org.postgresql.ssl.NonValidatingFactory', 'trusts everybody'],
    ['channel_binding=require', 'channel_binding of the URL has no effect'],
    ['sslnegotiation=direct', 'sslnegotiation of the URL has no effect'],
    ['sslmode=require&ssl_min_protocol_version=TLSv1', 'names neither TLSv1.2 nor TLSv1.3'],
    ['sslmode=disable&sslMode=verify-full', 'sslmode and sslMode, which are one'],
  ])('TLS that would be silence: %s', (query, reason) => {
    expect(parseConnectionUrl(`postgres://h/d?${query}`)).toContain(reason);
  });
  test.each(['jdbc:mysql://h/d', 'http://h', '', 'jdbc:postgresql://h:99999/d'])('%s is none', (url) => {
    expect(typeof parseConnectionUrl(url)).toBe('string');
  });
  test.each(['postgres:me:pass7@h:5/d', 'jdbc:postgresql:/me:pass7@h:5/d', 'postgres:pass7@h:5/d', 'postgres:h:5/d'])(
    '%s lacks its slashes: the answer says so, without the login',
    (url) => {
      const told = parseConnectionUrl(url);
      expect(told).toContain('lacks //');
      expect(told).toContain('h:5/d');
      expect(told).not.toContain('pass7');
    },
  );
});

describe('values from bytes', () => {
  test('integers, decimals and times read as their texts do', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        const read = readInteger(bytes(String(n)), 0, String(n).length);
        expect(read === undefined ? Number(String(n)) : read).toBe(n);
      }),
    );
    const decimal = codecOf(1700, ((12 << 16) | 3) + 4, false, options);
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 11n), 10n ** 11n), (unscaled) => {
        const sign = unscaled < 0n ? '-' : '';
        const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(4, '0');
        const text = `${sign}${digits.slice(0, -3)}.${digits.slice(-3)}`;
        expect(readDecimal(bytes(text), 0, text.length, 3)).toBe(unscaled);
        expect(decimal.parse(text)).toBe(unscaled);
      }),
    );
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1700-01-01'), max: new Date('2250-01-01'), noInvalidDate: true }),
        fc.nat(999),
        (date, micro) => {
          const iso = date.toISOString();
          const text = `${iso.slice(0, 10)} ${iso.slice(11, 23)}${String(micro).padStart(3, '0')}`;
          expect(readMicros(bytes(`${text}+00`), 0, text.length + 3, true)).toBe(date.getTime() * 1000 + micro);
          expect(parseMicros(`${text}+00`)).toBe(date.getTime() * 1000 + micro);
        },
      ),
    );
  });

  test('what is out of the ordinary is left to the text', () => {
    expect(readInteger(bytes('12345678901234567'), 0, 17)).toBeUndefined();
    expect(readDecimal(bytes('NaN'), 0, 3, 2)).toBeUndefined();
    expect(readDate(bytes('infinity'), 0, 8)).toBeUndefined();
    expect(codecOf(20, -1, false, options).parse('9223372036854775807')).toBe(9223372036854775807n);
    expect(codecOf(1082, -1, true, options).parse('0044-03-15 BC')).toBe(-735_160);
    expect(codecOf(1184, -1, true, options).parse('infinity')).toBe(9223372036854775807n);
    expect(codecOf(1184, -1, true, options).parse('2024-01-01 05:30:00+05:30')).toBe(Date.UTC(2024, 0, 1));
    expect(parseTime('24:00:00')).toBe(86_400_000);
  });

  test('arrays', () => {
    expect(parseArray('{}', Number)).toEqual([]);
    expect(parseArray('[0:1]={1,NULL}', Number)).toEqual([1, null]);
    expect(parseArray(String.raw`{"a\"b","\\",NULL,"NULL"}`, (t) => t)).toEqual(['a"b', '\\', null, 'NULL']);
    expect(() => parseArray('{{1},{2}}', Number)).toThrow(/several dimensions are not supported: \{\{1\},\{2\}\}$/);
    expect(parseArray('{(2,2),(1,1);NULL}', String, ';')).toEqual(['(2,2),(1,1)', null]);
    expect(arrayText(['(2,2),(1,1)', null], ';')).toBe('{"(2,2),(1,1)";NULL}');
    fc.assert(
      fc.property(fc.array(fc.option(fc.string())), (items) => {
        expect(parseArray(arrayText(items), (t) => t)).toEqual(items);
      }),
    );
  });

  test('numeric.mapping', () => {
    const type = (precision: number, scale: number, numeric: ColumnOptions['numeric']) =>
      codecOf(1700, precision === 0 ? -1 : ((precision << 16) | (scale & 0x7ff)) + 4, true, { ...options, numeric })
        .schema;
    expect(type(4, 0, 'none')).toMatchObject({ type: 'BYTES' });
    expect([2, 4, 9, 18, 19].map((p) => type(p, 0, 'precision_only').type)).toEqual([
      'INT8',
      'INT16',
      'INT32',
      'INT64',
      'BYTES',
    ]);
    expect(type(10, 2, 'precision_only').type).toBe('BYTES');
    expect(type(10, 2, 'best_fit').type).toBe('FLOAT64');
    expect(type(30, 2, 'best_fit').type).toBe('BYTES');
    expect(type(30, 2, 'best_fit_eager_double').type).toBe('FLOAT64');
    expect(type(3, -2, 'none')).toMatchObject({ parameters: { scale: '0', 'connect.decimal.precision': '5' } });
  });
});

describe('passes', () => {
  const spec: PassSpec = {
    mode: 'timestamp',
    what: 'table public.t',
    from: '"public"."t"',
    query: undefined,
    suffix: '',
    incrementing: 'id',
    timestamps: ['ts'],
    key: ['id'],
    spread: false,
    fields: [fieldOf('id', OID.int4, -1), fieldOf('ts', OID.timestamp, -1)],
    time: (field) => POSTGRES.reading.timeComparison(field, findZone('Europe/Berlin')!, configOf([], {})),
    delayMs: 5,
    initialMs: undefined,
    quote: true,
  };

  test('an offset of the Java connector is where we go on, to the microsecond', () => {
    const pass = nextPass(POSTGRES, spec, { timestamp: 1_704_103_200_123, timestamp_nanos: 123_456_000 });
    expect(pass.sql).toBe(
      `SELECT t.* FROM "public"."t" t WHERE "ts" < (now() AT TIME ZONE 'Europe/Berlin') - interval '5 milliseconds' AND "ts" > $1::timestamp ORDER BY "ts" ASC, "id" ASC`,
    );
    expect(pass.values).toEqual(['2024-01-01 11:00:00.123456']);
    pass.begin(spec.fields);
    expect(pass.after(['7', '2024-01-01 11:00:00.123456'])).toEqual({
      timestamp: 1_704_103_200_123,
      timestamp_nanos: 123_456_000,
      after: ['7'],
    });
  });

  test('a name that is not quoted has no case', () => {
    const pass = nextPass(POSTGRES, { ...spec, timestamps: ['TS'], quote: false, initialMs: 0 }, undefined);
    expect(pass.sql).toContain(`TS < (now() AT TIME ZONE 'Europe/Berlin')`);
    expect(pass.sql).toContain('TS > $1::timestamp ');
  });

  test('without a key, rows of one instant stay together: the first time that is not NULL says which', () => {
    const fields = ['updated', 'created'].map((name) => fieldOf(name, OID.timestamp, -1));
    const pass = nextPass(POSTGRES, { ...spec, timestamps: ['updated', 'created'], key: [], fields }, undefined);
    pass.begin(fields);
    const [morning, noon] = ['2024-01-01 06:00:00', '2024-01-01 12:00:00'];
    expect(pass.splitsBetween!([noon, morning], [null, noon])).toBe(false);
    expect(pass.splitsBetween!([noon, morning], [noon, noon])).toBe(false);
    expect(pass.splitsBetween!([morning, noon], [noon, noon])).toBe(true);
  });

  test('changes: nothing to do until an older transaction has ended', () => {
    const changes = { ...spec, mode: 'changes' } as const;
    expect(changesPass(changes, { xmin: '700' }, '700')).toBeUndefined();
    expect(changesPass(changes, { xmin: '700' }, '701')).toMatchObject({
      values: ['701', '700'],
      completed: { xmin: '701' },
    });
    expect(changesPass(changes, { xmin: '700', until: '705', after: ['3'] }, '900')).toMatchObject({
      values: ['705', '700', '3'],
      completed: { xmin: '705' },
    });
  });

  test('a column that is not there is named', () => {
    const pass = nextPass(POSTGRES, { ...spec, mode: 'incrementing', incrementing: 'nope' }, undefined);
    expect(() => pass.begin(spec.fields)).toThrow(/Column "nope" of table public\.t does not exist/);
  });
});

describe('columns of a sink', () => {
  test('what is created holds what it is created for', () => {
    const types: Record<string, string> = {
      BOOLEAN: 'bool',
      SMALLINT: 'int2',
      INTEGER: 'int4',
      BIGINT: 'int8',
      REAL: 'float4',
      'DOUBLE PRECISION': 'float8',
      TEXT: 'text',
      BYTEA: 'bytea',
      TIMESTAMP: 'timestamp',
    };
    for (const type of [
      'BOOLEAN',
      'INT8',
      'INT16',
      'INT32',
      'INT64',
      'FLOAT32',
      'FLOAT64',
      'STRING',
      'BYTES',
    ] as const) {
      expect(canHold(types[columnTypeFor(primitive(type))]!, primitive(type))).toBe(true);
    }
    expect(columnTypeFor(decimalSchema(2, true, 10))).toBe('NUMERIC(10, 2)');
    expect(columnTypeFor(arrayOf(primitive('INT32')))).toBe('INTEGER[]');
    expect(canHold('int4', primitive('STRING'))).toBe(false);
    expect(canHold('timestamptz', primitive('INT64'))).toBe(false);
    expect(canHold('jsonb', primitive('STRING'))).toBe(true);
  });

  test('instants are written in the zone of the column', () => {
    const ms = Date.UTC(2024, 6, 1, 10, 0, 0, 123);
    expect(toText(timestampSchema(), 'timestamptz', findZone('Europe/Berlin')!)(ms)).toBe('2024-07-01 10:00:00.123+00');
    expect(toText(timestampSchema(), 'timestamp', findZone('Europe/Berlin')!)(ms)).toBe('2024-07-01 12:00:00.123');
  });
});
