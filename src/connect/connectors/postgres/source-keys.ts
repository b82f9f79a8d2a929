import { configKeys, oneOfIgnoringCase } from '../../api/config-spec.ts';

/** Settings of a source that only Postgres has. */
export const POSTGRES_SOURCE = configKeys({
  infinityMapping: {
    name: 'infinity.mapping',
    type: 'STRING',
    default: 'end',
    importance: 'LOW',
    documentation:
      'What infinity in a date or timestamp becomes. end: the end of the type (-2^31 or 2^31-1 days, -2^63 or 2^63-1 ms), which a Postgres sink writes as infinity again. null: NULL. fail: an error of its row.',
    group: 'Connector',
    order: 12,
    width: 'SHORT',
    displayName: 'Infinity Mapping',
    recommend: () => ['end', 'null', 'fail'],
    validator: oneOfIgnoringCase('end', 'null', 'fail'),
  },
  serverChangePolicy: {
    name: 'server.change.policy',
    type: 'STRING',
    default: 'restart',
    importance: 'LOW',
    documentation:
      'Mode changes remembers transactions of one database of one cluster, on one timeline. Where it finds another (a restored backup, a promoted standby, ' +
      'another URL), or its position is ahead of the server: restart reads tables from their beginning, fail stops the task, continue goes on from that position.',
    group: 'Connector',
    order: 11,
    width: 'SHORT',
    displayName: 'Server Change Policy',
    recommend: () => ['restart', 'fail', 'continue'],
    validator: oneOfIgnoringCase('restart', 'fail', 'continue'),
  },
});
