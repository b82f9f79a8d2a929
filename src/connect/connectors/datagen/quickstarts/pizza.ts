import { counted, date, oneOf, record, text, whole, type Quickstart } from './schema-words.ts';

const ORDER = { store_id: whole(1, 10), store_order_id: counted(1000) };

const LINE = oneOf(
  'order_line',
  { product_id: 'int', category: 'string', quantity: 'int', unit_price: 'double', net_price: 'double' },
  ['pizza', 'calzone', 'salad', 'wings', 'dessert'].flatMap((category, c) =>
    [4.9, 9.24, 13.05, 18.78, 24.69].map((price, p) => {
      const quantity = 1 + ((c + p) % 5);
      return [10 * (c + 1) + p, category, quantity, price, Math.round(100 * price * quantity) / 100];
    }),
  ),
);

/** A chain of pizzerias: orders, completed and cancelled orders. */
export const PIZZA: Readonly<Record<string, Quickstart>> = {
  pizza_orders: {
    keyField: 'store_id',
    schema: record('pizza_orders', {
      ...ORDER,
      coupon_code: whole(1000, 2000),
      date,
      status: text('accepted'),
      order_lines: { type: 'array', items: LINE, 'arg.properties': { length: { min: 1, max: 5 } } },
    }),
  },
  pizza_orders_completed: {
    keyField: 'store_id',
    schema: record('pizza_orders_completed', {
      ...ORDER,
      date,
      status: text('completed'),
      rack_time_secs: whole(130, 230),
      order_delivery_time_secs: whole(1100, 2000),
    }),
  },
  pizza_orders_cancelled: {
    keyField: 'store_id',
    schema: record('pizza_orders_cancelled', { ...ORDER, date, status: text('cancelled') }),
  },
};
