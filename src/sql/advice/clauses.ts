import { must } from '../../base/assert.ts';
import { foreignSetting } from '../../base/foreign-settings.ts';
import { isSecretName } from '../../base/secrets/names.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';
import { windowAdvice } from './window-forms.ts';

/** The clauses of a query, in their order. */
const ORDER = ['FROM', 'WINDOW', 'WHERE', 'PARTITION', 'GROUP', 'HAVING', 'ORDER', 'EMIT', 'LIMIT'];
const SHOWN: Readonly<Record<string, string>> = {
  PARTITION: 'PARTITION BY',
  GROUP: 'GROUP BY',
  ORDER: 'ORDER BY',
  EMIT: 'EMIT CHANGES',
};

/** Advice for existing clauses in a wrong place, or with a wrong beginning. */
export function clauseAdvice(stuck: Stuck): Advice | undefined {
  return (
    wordOrder(stuck) ??
    joinOrder(stuck) ??
    clauseOrder(stuck) ??
    gluedWords(stuck) ??
    windowAdvice(stuck) ??
    insertion(stuck) ??
    setting(stuck) ??
    connectors(stuck) ??
    between(stuck) ??
    unmatched(stuck)
  );
}

/** Words in a wrong place, or superfluous ones. */
function wordOrder(stuck: Stuck): Advice | undefined {
  const first = word(stuck, 0);
  const found = word(stuck, stuck.at);
  switch (first) {
    case 'DESCRIBE':
      if (found === 'EXTENDED' && stuck.at === 1)
        return adviceAt(stuck, 1, `DESCRIBE ${written(stuck, 2) || 'name'} EXTENDED;`);
      if ((found === 'STREAM' || found === 'TABLE') && word(stuck, 2) !== '')
        return adviceAt(stuck, 1, `DESCRIBE ${written(stuck, 2)}; without ${found}.`);
      if (stuck.at === 1) return adviceAt(stuck, 1, 'DESCRIBE name; SHOW STREAMS; and SHOW TABLES; list the names.');
      if (stuck.at === 2 && word(stuck, 1) === 'QUERY')
        return adviceAt(stuck, 1, `EXPLAIN ${written(stuck, 2)}; shows a query.`);
      if (stuck.at === 2 && word(stuck, 1) === 'TOPIC')
        return adviceAt(stuck, 1, `PRINT ${written(stuck, 2)}; shows what a topic holds, SHOW TOPICS; lists them.`);
      return undefined;
    case 'EXPLAIN':
      if (found === 'ANALYZE')
        return adviceAt(
          stuck,
          stuck.at,
          'EXPLAIN takes a statement, EXPLAIN SELECT …;, or the id of a query. DESCRIBE … EXTENDED; shows figures.',
        );
      if (stuck.at === 1)
        return adviceAt(
          stuck,
          1,
          'EXPLAIN takes a statement, EXPLAIN SELECT …;, or the id of a query, which SHOW QUERIES; lists.',
        );
      return undefined;
    case 'DROP':
      if (found === 'CASCADE' || found === 'RESTRICT')
        return adviceAt(
          stuck,
          stuck.at,
          `${found} is not supported: what reads it is dropped first. DELETE TOPIC deletes the topic as well.`,
        );
      if (word(stuck, 1) === 'CONNECTOR' && found === 'DELETE')
        return adviceAt(
          stuck,
          stuck.at,
          `DROP CONNECTOR ${written(stuck, 2)} TERMINATE DELETE TOPICS; drops what was declared for it, and its topics, too.`,
        );
      if (stuck.at === 1 && found === 'CONNECTOR')
        return adviceAt(stuck, 1, 'DROP CONNECTOR name; SHOW CONNECTORS; lists the names.');
      if (stuck.at === 1 && found !== '' && (stuck.tokens[2]?.kind ?? 'end') === ';')
        return adviceAt(
          stuck,
          1,
          `Say what it is: DROP STREAM ${written(stuck, 1)}, DROP TABLE ${written(stuck, 1)} or DROP CONNECTOR ${written(stuck, 1)}.`,
        );
      if (stuck.tokens[stuck.at]?.kind === ',' && stuck.tokens[stuck.at + 1]?.kind === 'word')
        return adviceAt(
          stuck,
          stuck.at,
          `One is dropped at a time: DROP ${word(stuck, 1)} ${written(stuck, stuck.at - 1)}; DROP ${word(stuck, 1)} ${written(stuck, stuck.at + 1)};`,
        );
      return undefined;
    case 'TERMINATE':
    case 'PAUSE':
    case 'RESUME':
      if (stuck.at === 1)
        return adviceAt(
          stuck,
          0,
          `SHOW QUERIES; lists the ids, of which ${first} … names one. ${first} ALL; is for all queries.`,
        );
      if (word(stuck, 1) === 'QUERY' && stuck.at === 2)
        return adviceAt(stuck, 1, `${first} ${written(stuck, 2)}; without QUERY.`);
      return undefined;
    case 'PRINT':
      if (found === 'FROM' && stuck.at > 2)
        return adviceAt(
          stuck,
          stuck.at,
          `FROM BEGINNING stands behind the topic: PRINT ${written(stuck, 1)} FROM BEGINNING ${stuck.text.slice(stuck.tokens[2]?.start, stuck.tokens[stuck.at - 1]?.end)};`,
        );
      if (word(stuck, stuck.at - 1) === 'FROM' && stuck.hint === undefined)
        return adviceAt(stuck, stuck.at, 'PRINT topic FROM BEGINNING; shows it from the first record on.');
      return undefined;
    case 'CREATE':
      if (found === 'IF' && word(stuck, stuck.at + 1) === 'NOT' && word(stuck, stuck.at + 2) === 'EXISTS')
        return adviceAt(
          stuck,
          stuck.at,
          `IF NOT EXISTS stands before the name: CREATE ${word(stuck, stuck.at - 2)} IF NOT EXISTS ${written(stuck, stuck.at - 1)} …`,
          stuck.at + 2,
        );
      if (word(stuck, 1) === 'TYPE' && word(stuck, stuck.at - 1) === 'AS' && stuck.tokens[stuck.at]?.kind === '(')
        return adviceAt(
          stuck,
          stuck.at,
          `A type of several fields is a STRUCT: CREATE TYPE ${written(stuck, stuck.at - 2)} AS STRUCT<field type, …>;`,
        );
      if (
        stuck.expected.includes("'('") &&
        stuck.expected.includes("'WITH'") &&
        stuck.tokens[stuck.at]?.kind === 'word' &&
        stuck.hint === undefined
      )
        return adviceAt(
          stuck,
          stuck.at,
          found === 'AS'
            ? `A SOURCE stream or table is declared over a topic: CREATE ${word(stuck, 2)} ${written(stuck, stuck.at - 1)} AS SELECT …; keeps the result of a query.`
            : found === 'USING'
              ? `${written(stuck, stuck.at)} ${written(stuck, stuck.at + 1)} is left out: the format stands in WITH (VALUE_FORMAT='…'), and the topic that holds the rows in KAFKA_TOPIC.`
              : `The columns stand in parentheses: CREATE ${word(stuck, 1)} ${written(stuck, stuck.at - 1)} (column type, …) WITH (…);`,
        );
      return undefined;
    case 'DEFINE':
      if (stuck.tokens[stuck.at]?.kind === ':=')
        return adviceAt(stuck, stuck.at, `DEFINE ${written(stuck, 1)} = ${written(stuck, stuck.at + 1) || "'…'"};`);
      if (stuck.expected === 'STRING')
        return adviceAt(
          stuck,
          stuck.at,
          `The value is a text: DEFINE ${written(stuck, 1)} = '${written(stuck, stuck.at) || '…'}';`,
        );
      return undefined;
    case 'INSERT':
      if (found === 'SET')
        return adviceAt(stuck, stuck.at, `INSERT INTO ${written(stuck, 2)} (column, …) VALUES (value, …);`);
      return undefined;
    default:
      if (found === 'NULL' && word(stuck, stuck.at - 1) === 'NOT' && stuck.expected.includes("'LIKE'"))
        return adviceAt(
          stuck,
          stuck.at - 1,
          `${written(stuck, stuck.at - 2)} IS NOT NULL asks whether there is a value.`,
          stuck.at,
        );
      if (
        stuck.at > 0 &&
        (word(stuck, stuck.at - 1) === 'ORDER' || word(stuck, stuck.at - 1) === 'GROUP') &&
        stuck.tokens[stuck.at]?.kind === 'word'
      )
        return adviceAt(stuck, stuck.at, `BY is missing: ${word(stuck, stuck.at - 1)} BY ${written(stuck, stuck.at)}.`);
      if (word(stuck, stuck.at - 1) === 'EMIT' && stuck.hint === undefined)
        return { hint: 'EMIT CHANGES sends rows as they change, EMIT FINAL one for each window when it has ended.' };
      if (stuck.expected === "'JOIN'")
        return adviceAt(
          stuck,
          stuck.at,
          `JOIN is missing: ${word(stuck, stuck.at - 1) === 'OUTER' ? `${word(stuck, stuck.at - 2)} OUTER` : word(stuck, stuck.at - 1)} JOIN ${written(stuck, stuck.at)}.`,
        );
      return undefined;
  }
}

/** WITHIN belongs before ON; a join has a condition. */
function joinOrder(stuck: Stuck): Advice | undefined {
  if (find(stuck, 'JOIN') === -1) return undefined;
  if (word(stuck, stuck.at) === 'WITHIN')
    return adviceAt(stuck, stuck.at, 'WITHIN stands before ON: JOIN … WITHIN 1 HOUR ON …');
  if (/'ON'/.test(stuck.expected)) {
    if (word(stuck, stuck.at) === 'WHERE')
      return adviceAt(stuck, stuck.at, "A join's condition begins with ON, not WHERE: JOIN … ON a.key = b.key.");
    return { hint: "A join's condition begins with ON: JOIN … ON a.key = b.key." };
  }
  return undefined;
}

const ENDLESS =
  'ORDER BY is for an answer that ends: leave EMIT CHANGES out. Rows that are sent as they change have no order.';

/** A clause after one that it should precede. */
function clauseOrder(stuck: Stuck): Advice | undefined {
  const found = word(stuck, stuck.at);
  if (found === 'EMIT' && find(stuck, 'ORDER') !== -1 && find(stuck, 'ORDER') < stuck.at)
    return adviceAt(stuck, stuck.at, ENDLESS);
  const rank = ORDER.indexOf(found);
  if (rank === -1 || find(stuck, 'SELECT') === -1) return undefined;
  const later = ORDER.slice(rank + 1).filter((clause) => {
    const at = stuck.tokens.findIndex((t) => t.kind === 'word' && t.text === clause);
    return at !== -1 && at < stuck.at;
  });
  const shown = (clause: string): string => SHOWN[clause] ?? clause;
  if (found === 'ORDER' && later.includes('EMIT')) return adviceAt(stuck, stuck.at, ENDLESS);
  if (later.length > 0) return adviceAt(stuck, stuck.at, `${shown(found)} stands before ${shown(later[0]!)}.`);
  if (find(stuck, found) < stuck.at && find(stuck, found) !== -1 && found !== 'FROM')
    return adviceAt(stuck, stuck.at, `${shown(found)} stands there already: a query has one.`);
  return undefined;
}

/** GROUPBY, PARTITIONBY, EMITCHANGES: two words in one. */
function gluedWords(stuck: Stuck): Advice | undefined {
  for (const at of [stuck.at, stuck.at - 1]) {
    const found = word(stuck, at);
    for (const [glued, apart] of [
      ['GROUPBY', 'GROUP BY'],
      ['PARTITIONBY', 'PARTITION BY'],
      ['ORDERBY', 'ORDER BY'],
      ['EMITCHANGES', 'EMIT CHANGES'],
      ['PRIMARYKEY', 'PRIMARY KEY'],
      ['LEFTJOIN', 'LEFT JOIN'],
      ['INNERJOIN', 'INNER JOIN'],
      ['INSERTINTO', 'INSERT INTO'],
    ] as const) {
      if (found === glued) return adviceAt(stuck, at, `These are two words: ${apart}.`);
    }
  }
  return undefined;
}

function insertion(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'INSERT') return undefined;
  if (stuck.at === 1 && word(stuck, 1) !== 'INTO') {
    const action = word(stuck, 1) === 'OVERWRITE' || word(stuck, 1) === 'IGNORE';
    const named = word(stuck, 2) === 'TABLE' || word(stuck, 2) === 'INTO' ? written(stuck, 3) : written(stuck, 2);
    return adviceAt(
      stuck,
      1,
      action
        ? `INSERT INTO ${named || 'name'} …: there is no other kind of INSERT, which adds rows.`
        : `INTO is missing: INSERT INTO ${written(stuck, 1)} …`,
    );
  }
  if (/^(?:TABLE|STREAM)$/.test(word(stuck, stuck.at)) && stuck.at === 2 && stuck.tokens[3] !== undefined)
    return adviceAt(stuck, 2, `INSERT INTO ${written(stuck, 3)} …, without ${word(stuck, 2)}.`);
  const behindRow =
    stuck.tokens[stuck.at - 1]?.kind === ')' &&
    stuck.tokens[stuck.at]?.kind === ',' &&
    stuck.tokens[stuck.at + 1]?.kind === '(';
  if (behindRow)
    return adviceAt(
      stuck,
      stuck.at,
      'An INSERT writes one row: write INSERT INTO … VALUES (…); again for each of the others.',
    );
  if (word(stuck, stuck.at) === 'SELECT' && stuck.tokens[stuck.at - 1]?.kind === ')')
    return adviceAt(
      stuck,
      stuck.at,
      `INSERT INTO ${written(stuck, 2)} SELECT …; has no list of columns: the SELECT gives them by name and in the order of ${written(stuck, 2)}.`,
    );
  if (word(stuck, stuck.at - 1) === 'VALUES' && stuck.tokens[stuck.at]?.kind !== '(')
    return adviceAt(stuck, stuck.at, 'The values of the row stand in parentheses: VALUES (…).');
  return undefined;
}

/** `BETWEEN 1, 5`, and scripts and connectors without their names. */
function between(stuck: Stuck): Advice | undefined {
  if (/'AND'/.test(stuck.expected) && word(stuck, stuck.at - 2) === 'BETWEEN')
    return adviceAt(
      stuck,
      stuck.at,
      `BETWEEN ${written(stuck, stuck.at - 1)} AND ${written(stuck, stuck.at + 1) || '…'}: the bounds stand around AND.`,
    );
  if (word(stuck, 0) === 'RUN')
    return adviceAt(
      stuck,
      0,
      "RUN SCRIPT '/path/file.sql'; is a command of the console, with the file in quotes; sluice cli -f file.sql runs one from a shell.",
    );
  if (word(stuck, 0) === 'RESTART' && stuck.at === 2)
    return adviceAt(stuck, 0, 'SHOW CONNECTORS; lists the names, of which RESTART CONNECTOR … takes one.');
  return undefined;
}

/** SET x = y, with the quotes that belong there. */
function setting(stuck: Stuck): Advice | undefined {
  const first = word(stuck, 0);
  const system = word(stuck, 2) === 'SET' ? 3 : 2;
  const from = first === 'SET' || first === 'UNSET' ? 1 : first === 'ALTER' && word(stuck, 1) === 'SYSTEM' ? system : 0;
  if (from === 0) return undefined;
  const begin = stuck.tokens[from];
  const end = stuck.tokens.findLast((t) => t.kind !== ';');
  if (begin === undefined || end === undefined || end.start < begin.start) return undefined;
  const [name = '', value] = stuck.text.slice(begin.start, end.end).split(/\s*=\s*|\s+TO\s+|\s+(?=['"])/i);
  const variable = /^(?:variable|var)\s+(\w+)$/i.exec(name.trim())?.[1];
  if (variable !== undefined && first === 'SET')
    return {
      hint: `DEFINE ${variable} = '${(value ?? '…').replaceAll("'", '')}'; makes a variable, \${${variable}} puts its value in.`,
    };
  const quoted = (text: string): string => `'${text.trim().replaceAll(/^['"`]|['"`]$/g, '')}'`;
  const head = first === 'ALTER' ? 'ALTER SYSTEM' : first;
  const foreign = foreignSetting(name.replaceAll(/['"`]/g, ''));
  if (foreign !== undefined) return { hint: foreign };
  if (/^['"`]?(?:auto[._])?offset(?:[._]reset)?['"`]?$/i.test(name.trim())) {
    const place = /beginning|earliest|start/i.test(value ?? '') ? 'earliest' : 'latest';
    return { hint: first === 'UNSET' ? "UNSET 'auto.offset.reset';" : `${head} 'auto.offset.reset'='${place}';` };
  }
  if (first === 'UNSET' && /^all$/i.test(name.trim()))
    return {
      hint: "One property is unset at a time: UNSET 'auto.offset.reset'; takes the default again. SHOW PROPERTIES; lists those that are set.",
    };
  const shown = first === 'UNSET' ? quoted(name) : `${quoted(name)}=${quoted(value ?? '…')}`;
  // A value that may be secret is not repeated.
  return { hint: isSecretName(name) ? `${head} 'name'='value';` : `${head} ${shown};` };
}

function connectors(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) === 'CREATE' && word(stuck, 1) === 'CONNECTOR' && find(stuck, 'FROM') === -1)
    return adviceAt(
      stuck,
      1,
      "Say which way it goes: CREATE SOURCE CONNECTOR … brings data in, CREATE SINK CONNECTOR … writes it out. JSON says it itself: CREATE CONNECTOR … FROM '…'.",
    );
  if (word(stuck, 2) === 'CONNECTOR' && stuck.tokens[stuck.at]?.kind === '(' && stuck.expected.includes('WITH'))
    return adviceAt(
      stuck,
      stuck.at,
      `WITH stands before the settings: ${stuck.text.slice(0, must(stuck.tokens[stuck.at], 'token').start).trim()} WITH (…);`,
    );
  if (word(stuck, 0) === 'CREATE' && (word(stuck, 1) === 'SOURCE' || word(stuck, 1) === 'SINK') && stuck.at === 2) {
    const found = word(stuck, 2);
    if (found.startsWith('CON')) return adviceAt(stuck, 2, 'Did you mean CONNECTOR?');
    return undefined;
  }
  if ((word(stuck, 0) === 'SHOW' || word(stuck, 0) === 'LIST') && word(stuck, 1) === 'LOGS' && stuck.at === 2)
    return adviceAt(
      stuck,
      2,
      `SHOW LOGS OF ${word(stuck, 2) === '' ? 'connector' : written(stuck, 2)}; with OF before the name.`,
    );
  if (
    (word(stuck, 0) === 'SHOW' || word(stuck, 0) === 'LIST') &&
    word(stuck, 1) === 'CONNECTOR' &&
    stuck.at === 2 &&
    word(stuck, 2) !== ''
  )
    return adviceAt(
      stuck,
      1,
      `DESCRIBE CONNECTOR ${written(stuck, 2)}; shows one. SHOW CONNECTORS; lists the connectors, SHOW CONNECTOR PLUGINS; what can be created.`,
    );
  if ((word(stuck, 0) === 'SHOW' || word(stuck, 0) === 'LIST') && word(stuck, stuck.at - 1) === 'CONNECTOR')
    return adviceAt(
      stuck,
      stuck.at - 1,
      'SHOW CONNECTORS; lists the connectors, SHOW CONNECTOR PLUGINS; what can be created.',
    );
  return undefined;
}

/** CASE without END; a call that is not closed. */
function unmatched(stuck: Stuck): Advice | undefined {
  if (/'END'/.test(stuck.expected)) return { hint: 'CASE WHEN … THEN … ELSE … END: a CASE ends with END.' };
  return undefined;
}
