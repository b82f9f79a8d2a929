import { must } from '../../base/assert.ts';
import { adviceAt, find, named, word, written, type Advice, type Stuck } from './stuck.ts';

/** Advice when a word, a name or a sign is missing between others, or has an invalid form. */
export function gapAdvice(stuck: Stuck): Advice | undefined {
  return (
    cutQuery(stuck) ??
    caseGap(stuck) ??
    castComma(stuck) ??
    emptyList(stuck) ??
    structValues(stuck) ??
    statementGap(stuck)
  );
}

/** Advice when one particular word or sign is missing, and no other rule applies. */
export function lastAdvice(stuck: Stuck): Advice | undefined {
  const [, missing] = /^'([A-Z]+|=)'$/.exec(stuck.expected) ?? [];
  if (missing === undefined || stuck.hint !== undefined) return undefined;
  // A short beginning is repeated whole, so that it can be typed.
  const from = stuck.at <= 5 ? 0 : stuck.at - 3;
  const before = stuck.tokens
    .slice(from, stuck.at)
    .map((_, i) => written(stuck, from + i))
    .join(' ');
  const behind = written(stuck, stuck.at);
  return adviceAt(
    stuck,
    stuck.at,
    `${missing} is missing: ${before} ${missing}${behind === '' || behind === ';' ? '' : ` ${behind} …`}`,
  );
}

/** SELECT a; FROM b; */
function cutQuery(stuck: Stuck): Advice | undefined {
  const found = stuck.tokens[stuck.at];
  if (word(stuck, 0) !== 'SELECT' || found?.kind !== ';') return undefined;
  const next = /^\s*(FROM|WHERE|GROUP\s+BY|WINDOW|EMIT|HAVING|LIMIT)\b/i.exec(stuck.text.slice(found.end))?.[1];
  return next === undefined
    ? undefined
    : adviceAt(stuck, stuck.at, `Remove this semicolon: ${next.toUpperCase()} goes on with the statement.`);
}

function caseGap(stuck: Stuck): Advice | undefined {
  const open = stuck.tokens.findLastIndex((t, i) => i < stuck.at && t.kind === 'word' && t.text === 'CASE');
  if (open === -1) return undefined;
  if (stuck.expected === "'WHEN'" && word(stuck, stuck.at) === 'THEN') {
    const condition = stuck.text.slice(stuck.tokens[open + 1]?.start, stuck.tokens[stuck.at - 1]?.end);
    return adviceAt(stuck, open, `A condition stands behind WHEN: CASE WHEN ${condition} THEN …`, stuck.at);
  }
  if (stuck.expected === "'THEN'")
    return adviceAt(stuck, stuck.at, `THEN is missing: CASE WHEN condition THEN ${written(stuck, stuck.at)} … END.`);
  return undefined;
}

/** CAST(x, INT). */
function castComma(stuck: Stuck): Advice | undefined {
  if (stuck.expected !== "'AS'" || stuck.tokens[stuck.at]?.kind !== ',') return undefined;
  const open = stuck.tokens.findLastIndex(
    (t, i) => i < stuck.at && t.kind === 'word' && /^(?:TRY_)?CAST$/.test(t.text),
  );
  if (open === -1) return undefined;
  const value = stuck.text.slice(stuck.tokens[open + 2]?.start, stuck.tokens[stuck.at - 1]?.end);
  return adviceAt(
    stuck,
    stuck.at,
    `The type stands behind AS: CAST(${value} AS ${written(stuck, stuck.at + 1) || 'type'}).`,
  );
}

/** IN (), VALUES (), CREATE STREAM x (). */
function emptyList(stuck: Stuck): Advice | undefined {
  if (stuck.tokens[stuck.at]?.kind !== ')' || stuck.tokens[stuck.at - 1]?.kind !== '(') return undefined;
  switch (word(stuck, stuck.at - 2)) {
    case 'IN':
      return adviceAt(stuck, stuck.at, 'The list is empty: IN (value, …) has one value at least.');
    case 'VALUES':
      return adviceAt(stuck, stuck.at, 'The row is empty: VALUES (value, …) has one value at least.');
    default:
      return word(stuck, 0) === 'CREATE' && stuck.expected === 'IDENTIFIER'
        ? adviceAt(
            stuck,
            stuck.at - 1,
            `Name the columns: (name type, …). With a format of a schema registry (AVRO, PROTOBUF, JSON_SR) the whole list may be left out.`,
            stuck.at,
          )
        : undefined;
  }
}

/** STRUCT(1, 2), MAP('a', 1). */
function structValues(stuck: Stuck): Advice | undefined {
  const inside = word(stuck, stuck.at - 2);
  if (stuck.tokens[stuck.at - 1]?.kind === '(' && inside === 'STRUCT' && stuck.expected === 'IDENTIFIER')
    return adviceAt(stuck, stuck.at, `A field of a STRUCT has a name: STRUCT(name := ${written(stuck, stuck.at)}, …).`);
  const enumeration = word(stuck, stuck.at - 2) === 'ENUM' || word(stuck, stuck.at - 2) === 'SET';
  if (
    word(stuck, 0) === 'CREATE' &&
    enumeration &&
    stuck.tokens[stuck.at - 1]?.kind === '(' &&
    stuck.tokens[stuck.at]?.kind === 'string'
  )
    return adviceAt(stuck, stuck.at - 2, `STRING is what ${inside} is called here: any text is taken.`, stuck.at);
  return undefined;
}

/** What describes a NAME, by the word between DESCRIBE and it in other dialects, or in the plural. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  CONNECTORS: 'DESCRIBE CONNECTOR NAME; shows one, SHOW CONNECTORS; lists all.',
  FUNCTIONS: 'DESCRIBE FUNCTION NAME; shows one, SHOW FUNCTIONS; lists all.',
  STREAMS: 'DESCRIBE NAME; shows one, SHOW STREAMS; lists all.',
  TABLES: 'DESCRIBE NAME; shows one, SHOW TABLES; lists all.',
  VIEW: 'DESCRIBE NAME; without VIEW.',
  TOPICS: 'PRINT NAME; shows what a topic holds, SHOW TOPICS; lists them.',
  QUERIES: 'EXPLAIN NAME; shows a query, SHOW QUERIES; lists them.',
  FORMATTED: 'DESCRIBE NAME EXTENDED; shows all there is.',
  DETAIL: 'DESCRIBE NAME EXTENDED; shows all there is.',
  EXTENDED: 'DESCRIBE NAME EXTENDED; shows all there is.',
  FULL: 'DESCRIBE NAME EXTENDED; shows all there is.',
  HISTORY: 'DESCRIBE NAME EXTENDED; shows how it was made.',
};

/** By the statement's first word. */
function statementGap(stuck: Stuck): Advice | undefined {
  const found = word(stuck, stuck.at);
  const kind = stuck.tokens[stuck.at]?.kind;
  const isEnd = kind === undefined || kind === ';';
  switch (word(stuck, 0)) {
    case 'DROP':
      return stuck.at === 1 && /^(?:SOURCE|SINK)$/.test(found) && word(stuck, 2) === 'CONNECTOR'
        ? adviceAt(stuck, 1, `DROP CONNECTOR ${written(stuck, 3) || 'name'}; without ${found}.`)
        : undefined;
    case 'CREATE': {
      const connector = stuck.tokens.findIndex((t) => t.kind === 'word' && t.text === 'CONNECTOR');
      if (connector !== -1 && connector <= 4) {
        const head = stuck.text.slice(stuck.tokens[0]?.start, stuck.tokens[connector]?.end);
        if (word(stuck, connector + 1) === 'WITH' && stuck.tokens[connector + 2]?.kind === '(')
          return adviceAt(stuck, connector + 1, `A name is missing: ${head} name WITH (…);`);
        if (stuck.text[stuck.span.start] === '{')
          return {
            hint: `JSON is taken as a text: CREATE CONNECTOR ${written(stuck, connector + 1) || 'name'} FROM '{…}'; settings one by one by WITH ('connector.class'='…', …).`,
          };
      }
      const made = (at: number): string => `${stuck.text.slice(stuck.tokens[0]?.start, stuck.tokens[at]?.end)}`;
      if (stuck.expected === "'SELECT'" && word(stuck, stuck.at - 1) === 'AS') {
        if (kind === '(')
          return adviceAt(stuck, stuck.at, `The SELECT stands without parentheses: ${made(stuck.at - 1)} SELECT …;`);
        if (kind === 'word')
          return adviceAt(
            stuck,
            stuck.at,
            `A SELECT stands behind AS: ${made(stuck.at - 1)} SELECT * FROM ${written(stuck, stuck.at)};`,
          );
      }
      if (found === 'SELECT' && stuck.expected.includes("'AS'"))
        return adviceAt(stuck, stuck.at, `AS is missing: ${made(stuck.at - 1)} AS SELECT …;`);
      if (found === 'LIKE' && stuck.expected.includes("'AS'"))
        return adviceAt(
          stuck,
          stuck.at,
          `LIKE is not supported: DESCRIBE ${written(stuck, stuck.at + 1) || 'name'} EXTENDED; shows the statement, whose columns can be copied. CREATE … AS SELECT * FROM ${written(stuck, stuck.at + 1) || 'name'}; keeps its rows as well.`,
        );
      if (word(stuck, stuck.at - 1) === 'HEADER' && kind !== '(')
        return adviceAt(
          stuck,
          stuck.at - 1,
          "HEADER names one header, as in BYTES HEADER('name'); all of them are ARRAY<STRUCT<key STRING, value BYTES>> HEADERS.",
        );
      return undefined;
    }
    case 'DESCRIBE':
      if (/^(?:SOURCE|SINK)$/.test(word(stuck, 1)) && word(stuck, 2) === 'CONNECTOR')
        return adviceAt(stuck, 1, `DESCRIBE CONNECTOR ${written(stuck, 3) || 'name'}; without ${word(stuck, 1)}.`);
      if (/^(?:TOPIC|QUERY|STREAM|TABLE)$/.test(word(stuck, 1))) return undefined;
      if (stuck.at === 2 && named(stuck, 2, '') !== '' && Object.hasOwn(DESCRIPTIONS, word(stuck, 1)))
        return adviceAt(stuck, 1, must(DESCRIPTIONS[word(stuck, 1)], 'description').replace('NAME', written(stuck, 2)));
      if (stuck.at === 2 && /^(?:COLUMNS?|FIELDS?|SCHEMA|TYPES?|KEYS?)$/.test(found))
        return adviceAt(stuck, 2, `DESCRIBE ${written(stuck, 1)}; shows the columns and the key.`);
      if (
        stuck.at === 2 &&
        /^(?:word|(?:back|double)-quoted)$/.test(kind ?? '') &&
        stuck.expected.includes("'EXTENDED'")
      )
        return stuck.hint === undefined
          ? adviceAt(
              stuck,
              2,
              `One is described at a time: DESCRIBE ${written(stuck, 1)}; DESCRIBE ${written(stuck, 2)};`,
            )
          : undefined;
      return kind === ',' && stuck.at === 2
        ? adviceAt(
            stuck,
            2,
            `One is described at a time: DESCRIBE ${written(stuck, 1)}; DESCRIBE ${written(stuck, 3)};`,
          )
        : undefined;
    case 'PRINT':
      if (/^(?:WHERE|GROUP|ORDER|EMIT)$/.test(found))
        return adviceAt(
          stuck,
          stuck.at,
          `PRINT shows every record of a topic. Rows of a stream or table are chosen by SELECT * FROM ${written(stuck, 1)} ${found === 'WHERE' ? 'WHERE …' : '…'} EMIT CHANGES;`,
        );
      if (word(stuck, stuck.at - 2) === 'INTERVAL' || (found !== '' && word(stuck, stuck.at - 1) === 'SAMPLE'))
        return adviceAt(
          stuck,
          stuck.at,
          `INTERVAL is a number of records, not a time: INTERVAL ${written(stuck, stuck.at - 1)} shows one of ${written(stuck, stuck.at - 1)}.`,
        );
      return stuck.at === 1 && isEnd
        ? adviceAt(stuck, 0, 'PRINT topic FROM BEGINNING; shows what a topic holds. SHOW TOPICS; lists the topics.')
        : undefined;
    case 'ASSERT':
      if (stuck.at === 1 && /^(?:STREAM|TABLE|VALUES|NULL)$/.test(found))
        return adviceAt(
          stuck,
          1,
          `ASSERT ${found} is for tests, which sluice test runs. Of a server ASSERT TOPIC name; and ASSERT SCHEMA SUBJECT 'name'; ask; DESCRIBE name; shows the columns of a stream or table.`,
        );
      if (word(stuck, stuck.at - 1) === 'TOPIC' && isEnd)
        return adviceAt(
          stuck,
          stuck.at - 1,
          "The topic's name is missing: ASSERT TOPIC name; SHOW TOPICS; lists them.",
        );
      return undefined;
    case 'ALTER':
      if ((found === 'KEY' || found === 'PRIMARY') && find(stuck, 'ADD') !== -1)
        return adviceAt(
          stuck,
          stuck.at,
          'Columns are added to the value: the key stays. To have another key, CREATE STREAM … AS SELECT … PARTITION BY column; or CREATE TABLE … GROUP BY column;',
        );
      if (kind === '(' && /^(?:ADD|COLUMNS?)$/.test(word(stuck, stuck.at - 1)) && find(stuck, 'ADD') !== -1) {
        const list = /^\(([^)]*)\)/.exec(stuck.text.slice(stuck.tokens[stuck.at]?.start))?.[1]?.split(',') ?? [
          'name type',
        ];
        return adviceAt(
          stuck,
          stuck.at,
          `The columns stand without parentheses: ALTER ${word(stuck, 1)} ${written(stuck, 2)} ${list.map((c) => `ADD COLUMN ${c.trim()}`).join(', ')};`,
        );
      }
      if (word(stuck, 1) === 'CONNECTOR' && stuck.at === 3 && stuck.expected.includes("'SET'") && kind === 'word')
        return adviceAt(
          stuck,
          3,
          `ALTER CONNECTOR ${written(stuck, 2)} SET ('key'='value'); changes settings, RESET ('key') takes their defaults.`,
        );
      if (stuck.at === 1 && kind === 'word' && word(stuck, 2) === 'ADD')
        return adviceAt(
          stuck,
          1,
          `Say what it is: ALTER STREAM ${written(stuck, 1)} ADD … or ALTER TABLE ${written(stuck, 1)} ADD …`,
        );
      if (stuck.at === 1 && kind === 'word' && (word(stuck, 2) === 'SET' || word(stuck, 2) === 'RESET'))
        return adviceAt(stuck, 1, `Say what it is: ALTER CONNECTOR ${written(stuck, 1)} ${word(stuck, 2)} (…);`);
      return undefined;
    case 'RESET':
      return stuck.at === 1 && (kind === 'string' || kind === 'word') && found !== 'CONNECTOR'
        ? adviceAt(stuck, 0, `UNSET '${stuck.tokens[1]?.text ?? ''}'; takes the default of a setting again.`, 1)
        : undefined;
    case 'SHOW':
    case 'LIST': {
      if (stuck.at === 2 && /^(?:word|(?:back|double)-quoted)$/.test(kind ?? '')) {
        if (word(stuck, 1) === 'CONNECTORS' && !/^(?:LIKE|WHERE|FROM|IN|STATUS|STATE|HEALTH)$/.test(found))
          return adviceAt(stuck, 2, `SHOW CONNECTORS; lists all, DESCRIBE CONNECTOR ${written(stuck, 2)}; shows one.`);
        if (word(stuck, 1) === 'CONNECTOR' && /^(?:STATUS|STATE|HEALTH)$/.test(found))
          return adviceAt(
            stuck,
            1,
            'SHOW CONNECTORS; shows the state of each, DESCRIBE CONNECTOR name; that of its tasks.',
            2,
          );
      }
      const list = stuck.text.slice(stuck.tokens[1]?.start, stuck.tokens[stuck.at - 1]?.end).toUpperCase();
      if (stuck.expected !== "'OF'") return undefined;
      const name = kind === 'word' ? written(stuck, stuck.at) : 'connector';
      return adviceAt(stuck, stuck.at, `SHOW ${list} OF ${name};${isEnd ? ' SHOW CONNECTORS; lists the names.' : ''}`);
    }
    case 'RESTART':
    case 'STOP':
      return stuck.at === 1 && kind === 'word' && stuck.expected.includes("'CONNECTOR'")
        ? adviceAt(stuck, 1, `${word(stuck, 0)} CONNECTOR ${written(stuck, 1)};`)
        : undefined;
    default:
      return undefined;
  }
}
