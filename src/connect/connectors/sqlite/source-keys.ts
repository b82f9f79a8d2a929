import { configKeys, oneOfIgnoringCase } from '../../api/config-spec.ts';

/** Settings of a source that only SQLite has. */
export const SQLITE_SOURCE = configKeys({
  integerTimeUnit: {
    name: 'integer.time.unit',
    type: 'STRING',
    default: 'milliseconds',
    importance: 'LOW',
    documentation:
      'What integers in columns of type DATE, DATETIME and TIMESTAMP count since 1970: milliseconds, as JDBC drivers write them, or seconds, as unixepoch().',
    group: 'Connector',
    order: 11,
    width: 'SHORT',
    displayName: 'Unit of Integers that are Times',
    recommend: () => ['milliseconds', 'seconds'],
    validator: oneOfIgnoringCase('milliseconds', 'seconds'),
  },
});
