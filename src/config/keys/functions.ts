import { from, group, guard, query, server } from '../server-key.ts';

/** User-defined functions, and limits of built-in ones. */
export const FUNCTION_KEYS = group(
  'Functions',
  { high: [], medium: ['extensionDir', 'udfsEnabled'] },
  {
    extensionDir: guard(
      server('ksql.extension.dir', 'STRING', 'ext', 'Folder of modules with user-defined functions.'),
    ),
    udfsEnabled: server('ksql.udfs.enabled', 'BOOLEAN', 'true', 'Load user-defined functions.'),
    userFunctionMaxMs: server(
      'ksql.extension.call.max.ms',
      'INT',
      '250',
      'How long one call of a function from ksql.extension.dir may take in a push query, a pull query or an INSERT, in ms. What takes longer ends the statement, and the function is not called there for a minute: such rows are computed in the thread that serves clients.',
    ),
    functionsCollectListLimit: from(
      -(2 ** 31),
      query(
        'ksql.functions.collect_list.limit',
        'INT',
        '2147483647',
        'Longest list of COLLECT_LIST; 0 or less: no bound.',
      ),
    ),
    functionsCollectSetLimit: from(
      -(2 ** 31),
      query('ksql.functions.collect_set.limit', 'INT', '2147483647', 'Largest set of COLLECT_SET.'),
    ),
  },
);
