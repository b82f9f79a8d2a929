import type { AvroRecord, AvroType, ArgProperties } from './generator.ts';

/** The well-known example data, as schemas with rules. Names, fields and value ranges are those people know from tutorials. */
export interface Quickstart {
  readonly keyField: string;
  readonly schema: AvroRecord;
}

const of = (type: AvroType, args: ArgProperties): AvroType => ({ type, 'arg.properties': args });
const record = (name: string, fields: Readonly<Record<string, AvroType>>): AvroRecord => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
});

const USER: Readonly<Record<string, AvroType>> = {
  registertime: of('long', { range: { min: 1_487_715_775_521, max: 1_519_273_364_600 } }),
  userid: of('string', { regex: 'User_[1-9]' }),
  regionid: of('string', { regex: 'Region_[1-9]' }),
  gender: of('string', { options: ['MALE', 'FEMALE', 'OTHER'] }),
};

export const QUICKSTARTS: Readonly<Record<string, Quickstart>> = {
  pageviews: {
    keyField: 'viewtime',
    schema: record('pageviews', {
      viewtime: of('long', { iteration: { start: 1, step: 10 } }),
      userid: of('string', { regex: 'User_[1-9]' }),
      pageid: of('string', { regex: 'Page_[1-9][0-9]?' }),
    }),
  },
  users: { keyField: 'userid', schema: record('users', USER) },
  users_: {
    keyField: 'userid',
    schema: record('users', {
      ...USER,
      interests: {
        type: 'array',
        items: 'string',
        'arg.properties': {
          options: [
            ['Game', 'Sport'],
            ['News', 'Movies'],
            ['News', 'Travel'],
            ['Game', 'News'],
          ],
        },
      },
      contactinfo: {
        type: 'map',
        values: 'string',
        'arg.properties': {
          options: [
            { phone: '6502215368', city: 'Palo Alto', state: 'CA', zipcode: '94301' },
            { phone: '9192394839', city: 'Raleigh', state: 'NC', zipcode: '27601' },
            { phone: '4154492311', city: 'San Francisco', state: 'CA', zipcode: '94105' },
          ],
        },
      },
    }),
  },
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
  stock_trades: {
    keyField: 'symbol',
    schema: record('stock_trades', {
      side: of('string', { options: ['BUY', 'SELL'] }),
      quantity: of('int', { range: { min: 1, max: 5000 } }),
      symbol: of('string', { options: ['ZJZZT', 'ZTEST', 'ZVV', 'ZVZZT', 'ZWZZT', 'ZXZZT', 'ZBZX'] }),
      price: of('int', { range: { min: 5, max: 1000 } }),
      account: of('string', { options: ['ABC123', 'LMN456', 'XYZ789'] }),
      userid: of('string', { regex: 'User_[1-9]' }),
    }),
  },
  clickstream: {
    keyField: 'ip',
    schema: record('clickstream', {
      ip: of('string', {
        options: [
          '111.152.45.45',
          '111.203.236.146',
          '111.168.57.122',
          '111.249.79.93',
          '122.145.8.244',
          '233.90.225.227',
          '222.245.174.248',
        ],
      }),
      userid: of('int', { range: { min: 0, max: 40 } }),
      remote_user: of('string', { options: ['-'] }),
      time: of('string', { iteration: { start: 1, step: 10 } }),
      _time: of('long', { iteration: { start: 1, step: 10 } }),
      request: of('string', {
        options: [
          'GET /index.html HTTP/1.1',
          'GET /site/user_status.html HTTP/1.1',
          'GET /site/login.html HTTP/1.1',
          'GET /images/track.png HTTP/1.1',
        ],
      }),
      status: of('string', { options: ['200', '302', '404', '405', '406', '407'] }),
      bytes: of('string', { options: ['278', '1289', '2048', '4096', '4006', '4196', '14096'] }),
      referrer: of('string', { options: ['-'] }),
      agent: of('string', {
        options: [
          'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
          'Mozilla/5.0 (Windows NT 10.0; Win64; x64)',
        ],
      }),
    }),
  },
  clickstream_codes: {
    keyField: 'code',
    schema: record('clickstream_codes', {
      code: of('int', { options: [200, 302, 404, 405, 406, 407] }),
      definition: of('string', {
        options: [
          'Successful',
          'Redirect',
          'Page not found',
          'Method not allowed',
          'Not acceptable',
          'Proxy authentication required',
        ],
      }),
    }),
  },
  clickstream_users: {
    keyField: 'user_id',
    schema: record('clickstream_users', {
      user_id: of('int', { iteration: { start: 1, restart: 41 } }),
      username: of('string', { regex: '(Oriana|Arlyne|Curran|Roberto|Lola|Woodrow|Akim|Abdel)_[1-9]{2}' }),
      registered_at: of('long', { range: { min: 1_407_645_330_000, max: 1_502_339_792_000 } }),
      first_name: of('string', {
        options: ['Curran', 'Robinet', 'Arlyne', 'Abdel', 'Elwyn', 'Ferd', 'Lalla', 'Hanson'],
      }),
      last_name: of('string', {
        options: ['Lalonde', 'Trice', 'Pask', 'Janaud', 'Vanlint', 'Coen', 'Garrity', 'Rotlauf'],
      }),
      city: of('string', { options: ['Palo Alto', 'San Francisco', 'Raleigh', 'London', 'Frankfurt', 'New York'] }),
      level: of('string', { options: ['Gold', 'Silver', 'Platinum'] }),
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

export const QUICKSTART_NAMES: readonly string[] = Object.keys(QUICKSTARTS);
