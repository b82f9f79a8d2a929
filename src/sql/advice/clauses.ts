import { must } from '../../base/assert.ts';
import { foreignSetting } from '../../base/foreign-settings.ts';
import { isSecretName } from '../../base/secrets/names.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';

/** The clauses of a query, in their order. */
const ORDER = ['FROM', 'WINDOW', 'WHERE', 'PARTITION', 'GROUP', 'HAVING', 'ORDER', 'EMIT', 'LIMIT'];
const SHOWN: Readonly<Record<string, string>> = {
  PARTITION: 'PARTITION BY',
  GROUP: 'GROUP BY',
  ORDER: 'ORDER BY',
  EMIT: 'EMIT CHANGES',
};

/** Advice for existing clauses in a wrong place, or with a wrong beginning. */
export function clauseAdvice(s: Stuck): Advice | undefined {
  return (
    wordOrder(s) ??
    joinOrder(s) ??
    clauseOrder(s) ??
    gluedWords(s) ??
    windowForm(s) ??
    insertion(s) ??
    setting(s) ??
    connectors(s) ??
    between(s) ??
    unmatched(s)
  );
}

/** Words in a wrong place, or superfluous ones. */
function wordOrder(s: Stuck): Advice | undefined {
  const first = word(s, 0);
  const found = word(s, s.at);
  switch (first) {
    case 'DESCRIBE':
      if (found === 'EXTENDED' && s.at === 1) return adviceAt(s, 1, `DESCRIBE ${written(s, 2) || 'name'} EXTENDED;`);
      if ((found === 'STREAM' || found === 'TABLE') && word(s, 2) !== '')
        return adviceAt(s, 1, `DESCRIBE ${written(s, 2)}; without ${found}.`);
      if (s.at === 1) return adviceAt(s, 1, 'DESCRIBE name; SHOW STREAMS; and SHOW TABLES; list the names.');
      if (s.at === 2 && word(s, 1) === 'QUERY') return adviceAt(s, 1, `EXPLAIN ${written(s, 2)}; shows a query.`);
      if (s.at === 2 && word(s, 1) === 'TOPIC')
        return adviceAt(s, 1, `PRINT ${written(s, 2)}; shows what a topic holds, SHOW TOPICS; lists them.`);
      return undefined;
    case 'EXPLAIN':
      if (found === 'ANALYZE')
        return adviceAt(
          s,
          s.at,
          'EXPLAIN takes a statement, EXPLAIN SELECT …;, or the id of a query. DESCRIBE … EXTENDED; shows figures.',
        );
      if (s.at === 1)
        return adviceAt(
          s,
          1,
          'EXPLAIN takes a statement, EXPLAIN SELECT …;, or the id of a query, which SHOW QUERIES; lists.',
        );
      return undefined;
    case 'DROP':
      if (found === 'CASCADE' || found === 'RESTRICT')
        return adviceAt(
          s,
          s.at,
          `${found} is not supported: what reads it is dropped first. DELETE TOPIC deletes the topic as well.`,
        );
      if (word(s, 1) === 'CONNECTOR' && found === 'DELETE')
        return adviceAt(
          s,
          s.at,
          `DROP CONNECTOR ${written(s, 2)} TERMINATE DELETE TOPICS; drops what was declared for it, and its topics, too.`,
        );
      if (s.at === 1 && found === 'CONNECTOR')
        return adviceAt(s, 1, 'DROP CONNECTOR name; SHOW CONNECTORS; lists the names.');
      if (s.at === 1 && found !== '' && (s.tokens[2]?.kind ?? 'end') === ';')
        return adviceAt(
          s,
          1,
          `Say what it is: DROP STREAM ${written(s, 1)}, DROP TABLE ${written(s, 1)} or DROP CONNECTOR ${written(s, 1)}.`,
        );
      if (s.tokens[s.at]?.kind === ',' && s.tokens[s.at + 1]?.kind === 'word')
        return adviceAt(
          s,
          s.at,
          `One is dropped at a time: DROP ${word(s, 1)} ${written(s, s.at - 1)}; DROP ${word(s, 1)} ${written(s, s.at + 1)};`,
        );
      return undefined;
    case 'TERMINATE':
    case 'PAUSE':
    case 'RESUME':
      if (s.at === 1)
        return adviceAt(
          s,
          0,
          `SHOW QUERIES; lists the ids, of which ${first} … names one. ${first} ALL; is for all queries.`,
        );
      if (word(s, 1) === 'QUERY' && s.at === 2) return adviceAt(s, 1, `${first} ${written(s, 2)}; without QUERY.`);
      return undefined;
    case 'PRINT':
      if (found === 'FROM' && s.at > 2)
        return adviceAt(
          s,
          s.at,
          `FROM BEGINNING stands behind the topic: PRINT ${written(s, 1)} FROM BEGINNING ${s.text.slice(s.tokens[2]?.start, s.tokens[s.at - 1]?.end)};`,
        );
      if (word(s, s.at - 1) === 'FROM' && s.hint === undefined)
        return adviceAt(s, s.at, 'PRINT topic FROM BEGINNING; shows it from the first record on.');
      return undefined;
    case 'CREATE':
      if (found === 'IF' && word(s, s.at + 1) === 'NOT' && word(s, s.at + 2) === 'EXISTS')
        return adviceAt(
          s,
          s.at,
          `IF NOT EXISTS stands before the name: CREATE ${word(s, s.at - 2)} IF NOT EXISTS ${written(s, s.at - 1)} …`,
          s.at + 2,
        );
      if (word(s, 1) === 'TYPE' && word(s, s.at - 1) === 'AS' && s.tokens[s.at]?.kind === '(')
        return adviceAt(
          s,
          s.at,
          `A type of several fields is a STRUCT: CREATE TYPE ${written(s, s.at - 2)} AS STRUCT<field type, …>;`,
        );
      if (
        s.expected.includes("'('") &&
        s.expected.includes("'WITH'") &&
        s.tokens[s.at]?.kind === 'word' &&
        s.hint === undefined
      )
        return adviceAt(
          s,
          s.at,
          found === 'AS'
            ? `A SOURCE stream or table is declared over a topic: CREATE ${word(s, 2)} ${written(s, s.at - 1)} AS SELECT …; keeps the result of a query.`
            : found === 'USING'
              ? `${written(s, s.at)} ${written(s, s.at + 1)} is left out: the format stands in WITH (VALUE_FORMAT='…'), and the topic that holds the rows in KAFKA_TOPIC.`
              : `The columns stand in parentheses: CREATE ${word(s, 1)} ${written(s, s.at - 1)} (column type, …) WITH (…);`,
        );
      return undefined;
    case 'DEFINE':
      if (s.expected === 'STRING')
        return adviceAt(s, s.at, `The value is a text: DEFINE ${written(s, 1)} = '${written(s, s.at) || '…'}';`);
      return undefined;
    case 'INSERT':
      if (found === 'SET') return adviceAt(s, s.at, `INSERT INTO ${written(s, 2)} (column, …) VALUES (value, …);`);
      return undefined;
    default:
      if (found === 'NULL' && word(s, s.at - 1) === 'NOT' && s.expected.includes("'LIKE'"))
        return adviceAt(s, s.at - 1, `${written(s, s.at - 2)} IS NOT NULL asks whether there is a value.`, s.at);
      if (
        s.at > 0 &&
        (word(s, s.at - 1) === 'ORDER' || word(s, s.at - 1) === 'GROUP') &&
        s.tokens[s.at]?.kind === 'word'
      )
        return adviceAt(s, s.at, `BY is missing: ${word(s, s.at - 1)} BY ${written(s, s.at)}.`);
      if (word(s, s.at - 1) === 'EMIT' && s.hint === undefined)
        return { hint: 'EMIT CHANGES sends rows as they change, EMIT FINAL one for each window when it has ended.' };
      if (s.expected === "'JOIN'")
        return adviceAt(
          s,
          s.at,
          `JOIN is missing: ${word(s, s.at - 1) === 'OUTER' ? `${word(s, s.at - 2)} OUTER` : word(s, s.at - 1)} JOIN ${written(s, s.at)}.`,
        );
      return undefined;
  }
}

/** WITHIN belongs before ON; a join has a condition. */
function joinOrder(s: Stuck): Advice | undefined {
  if (find(s, 'JOIN') === -1) return undefined;
  if (word(s, s.at) === 'WITHIN') return adviceAt(s, s.at, 'WITHIN stands before ON: JOIN … WITHIN 1 HOUR ON …');
  if (/'ON'/.test(s.expected)) {
    if (word(s, s.at) === 'WHERE')
      return adviceAt(s, s.at, "A join's condition begins with ON, not WHERE: JOIN … ON a.key = b.key.");
    return { hint: "A join's condition begins with ON: JOIN … ON a.key = b.key." };
  }
  return undefined;
}

/** A clause after one that it should precede. */
function clauseOrder(s: Stuck): Advice | undefined {
  const found = word(s, s.at);
  if (found === 'EMIT' && find(s, 'ORDER') !== -1 && find(s, 'ORDER') < s.at)
    return adviceAt(
      s,
      s.at,
      'ORDER BY is for an answer that ends: leave EMIT CHANGES out. Rows that are sent as they change have no order.',
    );
  const rank = ORDER.indexOf(found);
  if (rank === -1 || find(s, 'SELECT') === -1) return undefined;
  const later = ORDER.slice(rank + 1).filter((clause) => {
    const at = s.tokens.findIndex((t) => t.kind === 'word' && t.text === clause);
    return at !== -1 && at < s.at;
  });
  const shown = (clause: string): string => SHOWN[clause] ?? clause;
  if (later.length > 0) return adviceAt(s, s.at, `${shown(found)} stands before ${shown(later[0]!)}.`);
  if (find(s, found) < s.at && find(s, found) !== -1 && found !== 'FROM')
    return adviceAt(s, s.at, `${shown(found)} stands there already: a query has one.`);
  return undefined;
}

/** GROUPBY, PARTITIONBY, EMITCHANGES: two words in one. */
function gluedWords(s: Stuck): Advice | undefined {
  for (const at of [s.at, s.at - 1]) {
    const found = word(s, at);
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
      if (found === glued) return adviceAt(s, at, `These are two words: ${apart}.`);
    }
  }
  return undefined;
}

function windowForm(s: Stuck): Advice | undefined {
  if (find(s, 'WINDOW') === -1) return undefined;
  const examples: Readonly<Record<string, string>> = {
    TUMBLING: 'WINDOW TUMBLING (SIZE 1 HOUR)',
    HOPPING: 'WINDOW HOPPING (SIZE 1 HOUR, ADVANCE BY 10 MINUTES)',
    SESSION: 'WINDOW SESSION (5 MINUTES)',
  };
  const kind = Object.keys(examples).find((k) => find(s, k) !== -1 && find(s, k) >= s.at - 8);
  if (kind !== undefined && find(s, 'GROUP') === -1) {
    if (s.hint?.startsWith('Did you mean')) return undefined;
    const unit = {
      MS: 'MILLISECONDS',
      SEC: 'SECONDS',
      SECS: 'SECONDS',
      S: 'SECONDS',
      MIN: 'MINUTES',
      MINS: 'MINUTES',
      M: 'MINUTES',
      HR: 'HOURS',
      HRS: 'HOURS',
      H: 'HOURS',
      D: 'DAYS',
      MONTH: 'DAYS',
      MONTHS: 'DAYS',
      YEAR: 'DAYS',
    }[word(s, s.at)];
    if (/^WEEKS?$/.test(word(s, s.at)) && s.tokens[s.at - 1]?.kind === 'integer')
      return adviceAt(s, s.at, `The longest unit is DAYS: ${7 * Number(written(s, s.at - 1))} DAYS.`);
    if (unit !== undefined && s.tokens[s.at - 1]?.kind === 'integer')
      return adviceAt(
        s,
        s.at,
        `The units are written out, up to days: ${written(s, s.at - 1)} ${unit}${unit === 'DAYS' ? ' or as many as it takes' : ''}.`,
      );
    return { hint: `A ${kind.toLowerCase()} window is written ${must(examples[kind], 'example')}.` };
  }
  if (word(s, s.at - 1) === 'WINDOW') {
    const near = { TUMBLE: 'TUMBLING', HOP: 'HOPPING', SLIDE: 'HOPPING', SLIDING: 'HOPPING', FIXED: 'TUMBLING' }[
      word(s, s.at)
    ];
    if (near !== undefined)
      return adviceAt(s, s.at, `Did you mean ${near}? It is written ${must(examples[near], 'example')}.`);
    if (s.tokens[s.at]?.kind === '(')
      return adviceAt(s, s.at, `A window has a kind: ${Object.values(examples).join(', ')}.`);
  }
  return undefined;
}

function insertion(s: Stuck): Advice | undefined {
  if (word(s, 0) !== 'INSERT') return undefined;
  if (s.at === 1 && word(s, 1) !== 'INTO') {
    const action = word(s, 1) === 'OVERWRITE' || word(s, 1) === 'IGNORE';
    return adviceAt(s, 1, action ? 'INSERT INTO name …: there is no other kind of INSERT.' : 'INSERT INTO name …');
  }
  const behindRow =
    s.tokens[s.at - 1]?.kind === ')' && s.tokens[s.at]?.kind === ',' && s.tokens[s.at + 1]?.kind === '(';
  if (behindRow)
    return adviceAt(s, s.at, 'An INSERT writes one row: write INSERT INTO … VALUES (…); again for each of the others.');
  if (word(s, s.at) === 'SELECT' && s.tokens[s.at - 1]?.kind === ')')
    return adviceAt(
      s,
      s.at,
      `INSERT INTO ${written(s, 2)} SELECT …; has no list of columns: the SELECT gives them by name and in the order of ${written(s, 2)}.`,
    );
  if (word(s, s.at - 1) === 'VALUES' && s.tokens[s.at]?.kind !== '(')
    return adviceAt(s, s.at, 'The values of the row stand in parentheses: VALUES (…).');
  return undefined;
}

/** `BETWEEN 1, 5`, and scripts and connectors without their names. */
function between(s: Stuck): Advice | undefined {
  if (/'AND'/.test(s.expected) && word(s, s.at - 2) === 'BETWEEN')
    return adviceAt(
      s,
      s.at,
      `BETWEEN ${written(s, s.at - 1)} AND ${written(s, s.at + 1) || '…'}: the bounds stand around AND.`,
    );
  if (word(s, 0) === 'RUN')
    return adviceAt(
      s,
      0,
      "RUN SCRIPT '/path/file.sql'; is a command of the console, with the file in quotes; sluice cli -f file.sql runs one from a shell.",
    );
  if (word(s, 0) === 'RESTART' && s.at === 2)
    return adviceAt(s, 0, 'SHOW CONNECTORS; lists the names, of which RESTART CONNECTOR … takes one.');
  return undefined;
}

/** SET x = y, with the quotes that belong there. */
function setting(s: Stuck): Advice | undefined {
  const first = word(s, 0);
  const system = word(s, 2) === 'SET' ? 3 : 2;
  const from = first === 'SET' || first === 'UNSET' ? 1 : first === 'ALTER' && word(s, 1) === 'SYSTEM' ? system : 0;
  if (from === 0) return undefined;
  const begin = s.tokens[from];
  const end = s.tokens.findLast((t) => t.kind !== ';');
  if (begin === undefined || end === undefined || end.start < begin.start) return undefined;
  const [name = '', value] = s.text.slice(begin.start, end.end).split(/\s*=\s*|\s+TO\s+|\s+(?=['"])/i);
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

function connectors(s: Stuck): Advice | undefined {
  if (word(s, 0) === 'CREATE' && word(s, 1) === 'CONNECTOR' && find(s, 'FROM') === -1)
    return adviceAt(
      s,
      1,
      "Say which way it goes: CREATE SOURCE CONNECTOR … brings data in, CREATE SINK CONNECTOR … writes it out. JSON says it itself: CREATE CONNECTOR … FROM '…'.",
    );
  if (word(s, 2) === 'CONNECTOR' && s.tokens[s.at]?.kind === '(' && s.expected.includes('WITH'))
    return adviceAt(
      s,
      s.at,
      `WITH stands before the settings: ${s.text.slice(0, must(s.tokens[s.at], 'token').start).trim()} WITH (…);`,
    );
  if (word(s, 0) === 'CREATE' && (word(s, 1) === 'SOURCE' || word(s, 1) === 'SINK') && s.at === 2) {
    const found = word(s, 2);
    if (found.startsWith('CON')) return adviceAt(s, 2, 'Did you mean CONNECTOR?');
    return undefined;
  }
  if ((word(s, 0) === 'SHOW' || word(s, 0) === 'LIST') && word(s, 1) === 'LOGS' && s.at === 2)
    return adviceAt(s, 2, `SHOW LOGS OF ${word(s, 2) === '' ? 'connector' : written(s, 2)}; with OF before the name.`);
  if ((word(s, 0) === 'SHOW' || word(s, 0) === 'LIST') && word(s, 1) === 'CONNECTOR' && s.at === 2 && word(s, 2) !== '')
    return adviceAt(
      s,
      1,
      `DESCRIBE CONNECTOR ${written(s, 2)}; shows one. SHOW CONNECTORS; lists the connectors, SHOW CONNECTOR PLUGINS; what can be created.`,
    );
  if ((word(s, 0) === 'SHOW' || word(s, 0) === 'LIST') && word(s, s.at - 1) === 'CONNECTOR')
    return adviceAt(s, s.at - 1, 'SHOW CONNECTORS; lists the connectors, SHOW CONNECTOR PLUGINS; what can be created.');
  return undefined;
}

/** CASE without END; a call that is not closed. */
function unmatched(s: Stuck): Advice | undefined {
  if (/'END'/.test(s.expected)) return { hint: 'CASE WHEN … THEN … ELSE … END: a CASE ends with END.' };
  return undefined;
}
