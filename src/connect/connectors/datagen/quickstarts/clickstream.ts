import { of, record, type Quickstart } from './schema-words.ts';

/** The web server of the clickstream tutorial: its log, its status codes, its users. */
export const CLICKSTREAM: Readonly<Record<string, Quickstart>> = {
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
};
