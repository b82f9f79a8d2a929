import { of, record, type Quickstart } from './schema-words.ts';

/** Orders, products and sales locations. */
export const COMMERCE: Readonly<Record<string, Quickstart>> = {
  orders: {
    keyField: 'orderid',
    schema: record('orders', {
      ordertime: of('long', { range: { min: 1_487_715_775_521, max: 1_519_273_364_600 } }),
      orderid: of('int', { iteration: { start: 0 } }),
      itemid: of('string', { regex: 'Item_[1-9][0-9]{0,2}' }),
      orderunits: of('double', { range: { min: 0.1, max: 10 } }),
      address: record('address', {
        city: of('string', { regex: 'City_[1-9][0-9]?' }),
        state: of('string', { regex: 'State_[1-9][0-9]?' }),
        zipcode: of('long', { range: { min: 10_000, max: 99_999 } }),
      }),
    }),
  },
  ratings: {
    keyField: 'rating_id',
    schema: record('ratings', {
      rating_id: of('long', { iteration: { start: 1 } }),
      user_id: of('int', { range: { min: 1, max: 21 } }),
      stars: of('int', { range: { min: 1, max: 5 } }),
      route_id: of('int', { range: { min: 1, max: 10_000 } }),
      rating_time: of('long', { iteration: { start: 1, step: 10 } }),
      channel: of('string', { options: ['web', 'ios', 'android', 'ios-test', 'iOS', 'iOS-test'] }),
      message: of('string', {
        options: [
          'airport refurb looks great, will fly outta here more!',
          'thank you for the most friendly, helpful experience today at your new lounge',
          'worst. flight. ever. #neveragain',
          'Surprisingly good, maybe you are getting your mojo back at long last!',
          'your team here rocks!',
          'meh',
          'is this as good as it gets? really ?',
          'why is it so difficult to keep the bathrooms clean ?',
        ],
      }),
    }),
  },
  inventory: {
    keyField: 'id',
    schema: record('inventory', {
      id: of('long', { iteration: { start: 0 } }),
      quantity: of('int', { range: { min: 1, max: 100 } }),
      productid: of('int', { range: { min: 1, max: 20 } }),
    }),
  },
  product: {
    keyField: 'id',
    schema: record('product', {
      id: of('long', { iteration: { start: 0 } }),
      name: of('string', { regex: 'Product_[1-9][0-9]?' }),
      description: of('string', { length: 12 }),
      price: of('double', { range: { min: 1, max: 1000 } }),
    }),
  },
  purchases: {
    keyField: 'id',
    schema: record('purchase', {
      id: of('long', { iteration: { start: 0 } }),
      item_type: of('string', { options: ['iPhone', 'Pixel', 'ThinkPad', 'MacBook'] }),
      quantity: of('int', { range: { min: 1, max: 10 } }),
      price_per_unit: of('double', { range: { min: 100, max: 2500 } }),
    }),
  },
  transactions: {
    keyField: 'transaction_id',
    schema: record('transactions', {
      transaction_id: of('long', { iteration: { start: 1 } }),
      card_id: of('long', { range: { min: 1, max: 1000 } }),
      user_id: of('string', { regex: 'User_[1-9]{0,2}' }),
      purchase_id: of('long', { iteration: { start: 0 } }),
      store_id: of('int', { range: { min: 1, max: 8 } }),
    }),
  },
  stores: {
    keyField: 'store_id',
    schema: record('stores', {
      store_id: of('int', { iteration: { start: 1, restart: 8 } }),
      city: of('string', {
        options: ['San Francisco', 'Boston', 'Chicago', 'Portland', 'Atlanta', 'Houston', 'Seattle'],
      }),
      state: of('string', { options: ['CA', 'MA', 'IL', 'OR', 'GA', 'TX', 'WA'] }),
    }),
  },
};
