import { describe, expect, test } from 'vitest';
import { formatType } from '../../../types/sql-type.ts';
import type { ConnectSchema, StructSchema } from '../../api/schema.ts';
import { sqlTypeOf } from '../../api/sql-mapping.ts';
import { datagenSource } from './datagen-plugin.ts';
import { compileAvro, rngAt } from './generator.ts';
import { QUICKSTART_NAMES, QUICKSTARTS } from './quickstarts.ts';

/** What tutorials expect: the key field, and the columns with the types with which a topic of the data is declared. */
const EXPECTED: Readonly<Record<string, readonly [key: string, columns: string]>> = {
  pageviews: ['viewtime', 'viewtime BIGINT, userid STRING, pageid STRING'],
  users: ['userid', 'registertime BIGINT, userid STRING, regionid STRING, gender STRING'],
  users_: [
    'userid',
    'registertime BIGINT, userid STRING, regionid STRING, gender STRING, interests ARRAY<STRING>, contactinfo MAP<STRING, STRING>',
  ],
  orders: [
    'orderid',
    'ordertime BIGINT, orderid INTEGER, itemid STRING, orderunits DOUBLE, address STRUCT<`city` STRING, `state` STRING, `zipcode` BIGINT>',
  ],
  ratings: [
    'rating_id',
    'rating_id BIGINT, user_id INTEGER, stars INTEGER, route_id INTEGER, rating_time BIGINT, channel STRING, message STRING',
  ],
  inventory: ['id', 'id BIGINT, quantity INTEGER, productid INTEGER'],
  product: ['id', 'id BIGINT, name STRING, description STRING, price DOUBLE'],
  purchases: ['id', 'id BIGINT, item_type STRING, quantity INTEGER, price_per_unit DOUBLE'],
  transactions: [
    'transaction_id',
    'transaction_id BIGINT, card_id BIGINT, user_id STRING, purchase_id BIGINT, store_id INTEGER',
  ],
  stores: ['store_id', 'store_id INTEGER, city STRING, state STRING'],
  clickstream: [
    'ip',
    'ip STRING, userid INTEGER, remote_user STRING, time STRING, _time BIGINT, request STRING, status STRING, bytes STRING, referrer STRING, agent STRING',
  ],
  clickstream_codes: ['code', 'code INTEGER, definition STRING'],
  clickstream_users: [
    'user_id',
    'user_id INTEGER, username STRING, registered_at BIGINT, first_name STRING, last_name STRING, city STRING, level STRING',
  ],
  stock_trades: [
    'symbol',
    'side STRING, quantity INTEGER, symbol STRING, price INTEGER, account STRING, userid STRING',
  ],
  credit_cards: ['card_id', 'card_id INTEGER, card_number BIGINT, cvv INTEGER, expiration_date STRING'],
  campaign_finance: [
    'candidate_id',
    'time BIGINT, candidate_id STRING, party_affiliation STRING, contribution INTEGER',
  ],
  pizza_orders: [
    'store_id',
    'store_id INTEGER, store_order_id INTEGER, coupon_code INTEGER, date DATE, status STRING, order_lines ARRAY<STRUCT<`product_id` INTEGER, `category` STRING, `quantity` INTEGER, `unit_price` DOUBLE, `net_price` DOUBLE>>',
  ],
  pizza_orders_completed: [
    'store_id',
    'store_id INTEGER, store_order_id INTEGER, date DATE, status STRING, rack_time_secs INTEGER, order_delivery_time_secs INTEGER',
  ],
  pizza_orders_cancelled: ['store_id', 'store_id INTEGER, store_order_id INTEGER, date DATE, status STRING'],
  fleet_mgmt_description: ['vehicle_id', 'vehicle_id INTEGER, driver_name STRING, license_plate STRING'],
  fleet_mgmt_location: [
    'vehicle_id',
    'vehicle_id INTEGER, location STRUCT<`latitude` DOUBLE, `longitude` DOUBLE>, ts TIMESTAMP',
  ],
  fleet_mgmt_sensors: ['vehicle_id', 'vehicle_id INTEGER, engine_temperature INTEGER, average_rpm INTEGER'],
  shoes: ['product_id', 'product_id STRING, product_name STRING, sale_price INTEGER, product_rating DOUBLE'],
  shoe_customers: [
    'id',
    'id STRING, first_name STRING, last_name STRING, email STRING, phone STRING, street_address STRING, state STRING, zip_code STRING, country STRING, country_code STRING',
  ],
  shoe_orders: ['order_id', 'order_id INTEGER, product_id STRING, customer_id STRING, ts TIMESTAMP'],
  shoe_clickstream: [
    'product_id',
    'product_id STRING, user_id STRING, view_time INTEGER, page_url STRING, ip STRING, ts TIMESTAMP',
  ],
  gaming_games: ['id', 'id INTEGER, room_name STRING, created_date TIMESTAMP'],
  gaming_players: ['player_id', 'player_id INTEGER, player_name STRING, ip STRING'],
  gaming_player_activity: ['player_id', 'player_id INTEGER, game_room_id INTEGER, points INTEGER, coordinates STRING'],
  insurance_offers: ['offer_id', 'offer_id INTEGER, offer_name STRING, offer_url STRING'],
  insurance_customers: [
    'customer_id',
    'customer_id INTEGER, first_name STRING, last_name STRING, email STRING, gender STRING, income INTEGER, fico INTEGER, years_active INTEGER',
  ],
  insurance_customer_activity: [
    'activity_id',
    'activity_id INTEGER, customer_id INTEGER, activity_type STRING, propensity_to_churn DOUBLE, ip_address STRING',
  ],
  payroll_employee: [
    'employee_id',
    'employee_id INTEGER, first_name STRING, last_name STRING, age INTEGER, ssn STRING, hourly_rate INTEGER, gender STRING, email STRING',
  ],
  payroll_employee_location: ['employee_id', 'employee_id INTEGER, lab STRING, department_id INTEGER, timestamp DATE'],
  payroll_bonus: ['employee_id', 'employee_id INTEGER, bonus INTEGER, ts TIMESTAMP'],
  device_information: ['device_ip', 'device_ip STRING, mac_address STRING, owner STRING'],
  siem_logs: [
    'hostname',
    'hostname STRING, timestamp BIGINT, source_ip STRING, event STRING, severity INTEGER, message STRING',
  ],
  syslog_logs: [
    'host',
    'name STRING, type STRING, message STRING, host STRING, version STRING, tag STRING, level INTEGER, facility STRING, severity INTEGER, appName STRING, remoteAddress STRING, rawMessage STRING, processId STRING, messageId STRING, deviceVendor STRING, deviceProduct STRING, deviceVersion STRING, timestamp BIGINT',
  ],
};

/** The path of the first value that does not fit its schema, and why; undefined: all fit. */
function misfit(schema: ConnectSchema, value: unknown, path: string): string | undefined {
  if (value === null || value === undefined) return schema.optional ? undefined : `${path} is missing`;
  const first = (found: readonly (string | undefined)[]): string | undefined => found.find((f) => f !== undefined);
  switch (schema.type) {
    case 'STRUCT':
      return Array.isArray(value) && value.length === schema.fields.length
        ? first(schema.fields.map((f, i) => misfit(f.schema, (value as unknown[])[i], `${path}.${f.name}`)))
        : `${path} is no record`;
    case 'ARRAY':
      return Array.isArray(value)
        ? first(value.map((v, i) => misfit(schema.items, v, `${path}[${i}]`)))
        : `${path} is no list`;
    case 'MAP':
      return value instanceof Map
        ? first([...(value as Map<string, unknown>)].map(([k, v]) => misfit(schema.values, v, `${path}[${k}]`)))
        : `${path} is no map`;
    case 'STRING':
      return typeof value === 'string' && value !== '' ? undefined : `${path} is no text: ${String(value as number)}`;
    case 'INT32':
      return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31 ? undefined : `${path} is no int`;
    case 'INT64':
      return Number.isSafeInteger(value) ? undefined : `${path} is no long`;
    case 'FLOAT64':
      return Number.isFinite(value) ? undefined : `${path} is no double`;
    default:
      return `${path} has the unexpected type ${schema.type}`;
  }
}

describe('quickstarts', () => {
  test('each has its line here', () => {
    expect(Object.keys(EXPECTED).toSorted()).toEqual([...QUICKSTART_NAMES].toSorted());
  });

  test.each(QUICKSTART_NAMES)('%s: names, types, 100 rows', (name) => {
    const { keyField, schema: avro } = QUICKSTARTS[name]!;
    const { schema, make } = compileAvro(avro);
    const { fields } = schema as StructSchema;
    expect([keyField, fields.map((f) => `${f.name} ${formatType(sqlTypeOf(f.schema))}`).join(', ')]).toEqual(
      EXPECTED[name],
    );
    expect(fields.map((f) => f.name)).toContain(keyField);
    const rows = Array.from({ length: 100 }, (_, i) => make(rngAt(7, i), i));
    expect(rows.map((row) => misfit(schema, row, name)).filter((m) => m !== undefined)).toEqual([]);
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBeGreaterThan(5);
    expect(Array.from({ length: 100 }, (_, i) => make(rngAt(7, i), i))).toEqual(rows);
  });

  test.each(QUICKSTART_NAMES)('%s: is a valid setting, in capitals as well', (name) => {
    expect(datagenSource.check?.({ 'kafka.topic': 't', quickstart: name.toUpperCase() })).toEqual([]);
  });

  test('orders and clicks of shoes find their products and customers', () => {
    const values = (name: string, field: string): Set<unknown> => {
      const { schema, make } = compileAvro(QUICKSTARTS[name]!.schema);
      const at = (schema as StructSchema).fields.findIndex((f) => f.name === field);
      return new Set(Array.from({ length: 2000 }, (_, i) => (make(rngAt(1, i), i) as unknown[])[at]));
    };
    expect([...values('shoe_orders', 'product_id')].every((id) => values('shoes', 'product_id').has(id))).toBe(true);
    expect([...values('shoe_clickstream', 'user_id')].every((id) => values('shoe_customers', 'id').has(id))).toBe(true);
  });

  test('a schema of one’s own: rows to choose from, and logical types', () => {
    const { schema, make } = compileAvro({
      type: 'record',
      name: 'r',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'd', type: { type: 'int', logicalType: 'date' } },
        { name: 'odd', type: { type: 'string', logicalType: 'date' } },
      ],
      'arg.properties': { options: [{ odd: 'x', d: 18_000, a: 1 }] },
    });
    expect((schema as StructSchema).fields.map((f) => formatType(sqlTypeOf(f.schema)))).toEqual([
      'INTEGER',
      'DATE',
      'STRING',
    ]);
    expect(make(rngAt(1, 1), 1)).toEqual([1, 18_000, 'x']);
  });
});
