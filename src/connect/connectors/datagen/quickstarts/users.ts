import type { AvroType } from '../generator.ts';
import { of, record, type Quickstart } from './schema-words.ts';

const USER: Readonly<Record<string, AvroType>> = {
  registertime: of('long', { range: { min: 1_487_715_775_521, max: 1_519_273_364_600 } }),
  userid: of('string', { regex: 'User_[1-9]' }),
  regionid: of('string', { regex: 'Region_[1-9]' }),
  gender: of('string', { options: ['MALE', 'FEMALE', 'OTHER'] }),
};

/** Users and the pages they view. */
export const USERS: Readonly<Record<string, Quickstart>> = {
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
};
