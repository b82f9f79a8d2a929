import { MEMORY_SETTING } from '../../base/budget/memory.ts';
import { from, group, guard, server } from '../server-key.ts';

/** Limits for one statement, request, session or row. */
export const LIMIT_KEYS = group(
  'Limits',
  { high: [], medium: ['requestMaxBytes', 'rowMaxSteps'] },
  {
    statementMaxTokens: from(
      1,
      server(
        'ksql.statement.max.tokens',
        'INT',
        '20000',
        'Words, names, literals and signs that one statement may have: an IN of 10,000 values, 5,000 columns.',
      ),
    ),
    statementMaxCharacters: from(
      1,
      server(
        'ksql.statement.max.characters',
        'INT',
        '2097152',
        'Characters that one statement may have, also once variables are replaced, and all variables of a session together.',
      ),
    ),
    serverMemoryMaxBytes: guard(
      server(
        MEMORY_SETTING,
        'LONG',
        null,
        'About what requests, queries and connectors of the thread for clients may hold in memory together, in bytes: bodies of requests, groups and sorted rows of pull queries, rows that wait for clients of push queries or for their commit, records that tasks of connectors have in hand, files of the S3 sink that are not full. What asks for more is refused with MEMORY_FULL, or waits: rows of push queries in the log, those of connectors in their source. Default: half of what JavaScript may have.',
      ),
    ),
    statementMaxMs: server(
      'ksql.statement.max.ms',
      'LONG',
      '300000',
      'How long one statement may take, in ms: the answer of a pull query, without the time that its client takes to read; the beginning of a push query or of PRINT; any other statement, with its wait for those before it, whatever TIMEOUT an ASSERT has. 0: no limit. What changes something is finished all the same.',
    ),
    requestMaxStatements: from(
      1,
      server(
        'ksql.request.max.statements',
        'INT',
        '50000',
        'Statements that one request may have. Nothing of a request that has more is carried out.',
      ),
    ),
    requestMaxBytes: from(
      1,
      server(
        'ksql.request.max.bytes',
        'INT',
        '4194304',
        'Size of a request with statements, in bytes. Rows sent to /inserts-stream are not counted.',
      ),
    ),
    sessionMaxEntries: server(
      'ksql.session.max.entries',
      'INT',
      '1000',
      'Variables that a session may define, and properties that it may set.',
    ),
    windowMaxPerRecord: from(
      1,
      server(
        'ksql.window.max.per.record',
        'INT',
        '10000',
        'Windows of a HOPPING window that one record may belong to: SIZE divided by ADVANCE BY. Each of them is a row that every record changes. 7 DAYS by 1 MINUTE are 10,080.',
      ),
    ),
    rowMaxSteps: from(
      1,
      server(
        'ksql.row.max.steps',
        'INT',
        '1000000',
        'What computing one row of a push query, a pull query or an INSERT may take, in steps of about 20 ns: elements of arrays, 16 characters of texts, calls of lambdas, characters that regular expressions look at. What takes more is an error of that row. Such rows are computed in the thread that serves clients.',
      ),
    ),
    queryPersistentRowMaxSteps: from(
      1,
      server(
        'ksql.query.persistent.row.max.steps',
        'INT',
        '10000000',
        'The same for a row of a persistent query, which has a thread of its own.',
      ),
    ),
  },
);
