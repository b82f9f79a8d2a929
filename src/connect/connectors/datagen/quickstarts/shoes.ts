import { must } from '../../../../base/assert.ts';
import { seededRng } from '../generator.ts';
import { ADDRESSES, FIRST_NAMES, LAST_NAMES } from './people.ts';
import { counted, nextInstant, oneOf, record, text, whole, type Quickstart } from './schema-words.ts';

/** The same ids in every run, so that orders and clicks match their products and customers. */
function ids(seed: number, count: number): readonly string[] {
  const rng = seededRng(seed);
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(rng() * 16).toString(16)).join('');
  return Array.from({ length: count }, () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`);
}

const MODELS = ['Trail', 'Court', 'Road', 'Street', 'Studio'];
const MAKES = ['Falcon', 'Heron', 'Kestrel', 'Merlin', 'Osprey', 'Plover', 'Swift', 'Tern', 'Wren', 'Lapwing'];
const PRODUCTS = ids(1, MODELS.length * MAKES.length);
const CUSTOMERS = ids(2, FIRST_NAMES.length * 2);
const STATES = [
  ['Alabama', '35285'],
  ['California', '94142'],
  ['Colorado', '80126'],
  ['Florida', '33028'],
  ['Illinois', '61656'],
  ['New York', '10155'],
  ['Oregon', '97286'],
  ['Texas', '78410'],
] as const;

/** A shoe shop: products, customers, orders, clicks. */
export const SHOES: Readonly<Record<string, Quickstart>> = {
  shoes: {
    keyField: 'product_id',
    schema: oneOf(
      'shoe_product',
      { product_id: 'string', product_name: 'string', sale_price: 'int', product_rating: 'double' },
      PRODUCTS.map((id, i) => [
        id,
        `${MAKES[i % MAKES.length]!} ${must(MODELS[Math.floor(i / MAKES.length)], 'model')} ${1 + (i % 4)}`,
        1995 + 500 * ((i * 7) % 40),
        ((i * 11) % 51) / 10,
      ]),
    ),
  },
  shoe_customers: {
    keyField: 'id',
    schema: oneOf(
      'shoe_customers',
      {
        id: 'string',
        first_name: 'string',
        last_name: 'string',
        email: 'string',
        phone: 'string',
        street_address: 'string',
        state: 'string',
        zip_code: 'string',
        country: 'string',
        country_code: 'string',
      },
      CUSTOMERS.map((id, i) => {
        const first = FIRST_NAMES[i % FIRST_NAMES.length]!;
        const last = LAST_NAMES[(i * 5 + Math.floor(i / FIRST_NAMES.length)) % LAST_NAMES.length]!;
        const [state, zip] = STATES[i % STATES.length]!;
        const email = `${first}.${last}@example.com`.toLowerCase();
        return [id, first, last, email, `555-01${10 + i}`, `${i + 1} Main Street`, state, zip, 'United States', 'US'];
      }),
    ),
  },
  shoe_orders: {
    keyField: 'order_id',
    schema: record('shoe_orders', {
      order_id: counted(1000),
      product_id: text(...PRODUCTS),
      customer_id: text(...CUSTOMERS),
      ts: nextInstant,
    }),
  },
  shoe_clickstream: {
    keyField: 'product_id',
    schema: record('shoe_clickstream', {
      product_id: text(...PRODUCTS),
      user_id: text(...CUSTOMERS),
      view_time: whole(10, 120),
      page_url: text(...PRODUCTS.slice(0, 20).map((id) => `https://shoes.example.com/product/${id}`)),
      ip: text(...ADDRESSES),
      ts: nextInstant,
    }),
  },
};
