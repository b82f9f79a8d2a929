import type { RawConfig } from '../../../api/config-spec.ts';

/** Example data of several related tables, as the settings of its tables by name. */
const RELATED: Readonly<Record<string, Readonly<Record<string, RawConfig>>>> = {
  shop: {
    customers: {
      columns: `id BIGINT PRIMARY KEY, name STRING MATCHING 'Customer_[1-9][0-9]{3}',
        region STRING IN ('north' 40, 'south' 30, 'east' 20, 'west' 10), since DATE UNIFORM('2020-01-01', '2025-12-31')`,
      'initial.rows': '1000',
      'update.rate': '0.5',
      weight: '1',
    },
    products: {
      columns: `id INTEGER PRIMARY KEY, name STRING MATCHING 'Product_[1-9][0-9]{2}', price DECIMAL(9, 2) NORMAL(40, 25, 1, 500)`,
      'initial.rows': '100',
      weight: '0',
    },
    orders: {
      columns: `id BIGINT KEY SEQUENCE, customer_id BIGINT REFERENCES customers(id) ZIPF(1.1),
        product_id INTEGER REFERENCES products(id) ZIPF(1), quantity INTEGER ZIPF(1.5, 20),
        channel STRING IN ('web' 6, 'app' 3, 'store' 1), ordered_at TIMESTAMP EVENT_TIME`,
      weight: '20',
      'late.rate': '0.02',
      'duplicate.rate': '0.01',
    },
  },
};

export const RELATED_NAMES: readonly string[] = Object.keys(RELATED);

/**
 * The settings of example data with several tables, as defaults for those that the config lacks.
 *
 * @param name - of the data
 * @param given - the tables that the config lists; undefined: all tables of the data
 */
export function presetSettings(name: string, given: string | undefined): RawConfig {
  const preset = RELATED[name.trim().toLowerCase()];
  if (preset === undefined) return {};
  const listed = given ?? Object.keys(preset).join(',');
  const settings: Record<string, string> = { tables: listed };
  for (const table of listed.split(',').map((one) => one.trim()))
    for (const [key, value] of Object.entries(preset[table] ?? {}))
      settings[`tables.${table}.${key}`] = value.replaceAll(/\s+/g, ' ');
  return settings;
}
