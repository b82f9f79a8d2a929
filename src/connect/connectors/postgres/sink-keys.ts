import { configKeys, oneOfIgnoringCase } from '../../api/config-spec.ts';

/** Settings of a sink that only Postgres has. */
export const POSTGRES_SINK = configKeys({
  nulMapping: {
    name: 'nul.mapping',
    type: 'STRING',
    default: 'fail',
    importance: 'LOW',
    documentation:
      'What becomes of NUL (U+0000) in a text, which Postgres has neither in text nor in jsonb. fail: an error of its record. remove: it is left out, and texts that differ in it alone become equal.',
    group: 'Data Mapping',
    order: 20,
    width: 'SHORT',
    displayName: 'NUL Mapping',
    recommend: () => ['fail', 'remove'],
    validator: oneOfIgnoringCase('fail', 'remove'),
  },
});
