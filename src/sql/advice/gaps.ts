import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';

/** Advice when a word, a name or a sign is missing between others, or has an invalid form. */
export function gapAdvice(s: Stuck): Advice | undefined {
  return cutQuery(s) ?? caseGap(s) ?? castComma(s) ?? emptyList(s) ?? structValues(s) ?? statementGap(s);
}

/** Advice when one particular word or sign is missing, and no other rule applies. */
export function lastAdvice(s: Stuck): Advice | undefined {
  const [, missing] = /^'([A-Z]+|=)'$/.exec(s.expected) ?? [];
  if (missing === undefined || s.hint !== undefined) return undefined;
  // A short beginning is repeated whole, so that it can be typed.
  const from = s.at <= 5 ? 0 : s.at - 3;
  const before = s.tokens
    .slice(from, s.at)
    .map((_, i) => written(s, from + i))
    .join(' ');
  const behind = written(s, s.at);
  return adviceAt(
    s,
    s.at,
    `${missing} is missing: ${before} ${missing}${behind === '' || behind === ';' ? '' : ` ${behind} …`}`,
  );
}

/** SELECT a; FROM b; */
function cutQuery(s: Stuck): Advice | undefined {
  const found = s.tokens[s.at];
  if (word(s, 0) !== 'SELECT' || found?.kind !== ';') return undefined;
  const next = /^\s*(FROM|WHERE|GROUP\s+BY|WINDOW|EMIT|HAVING|LIMIT)\b/i.exec(s.text.slice(found.end))?.[1];
  return next === undefined
    ? undefined
    : adviceAt(s, s.at, `Remove this semicolon: ${next.toUpperCase()} goes on with the statement.`);
}

function caseGap(s: Stuck): Advice | undefined {
  const open = s.tokens.findLastIndex((t, i) => i < s.at && t.kind === 'word' && t.text === 'CASE');
  if (open === -1) return undefined;
  if (s.expected === "'WHEN'" && word(s, s.at) === 'THEN') {
    const condition = s.text.slice(s.tokens[open + 1]?.start, s.tokens[s.at - 1]?.end);
    return adviceAt(s, open, `A condition stands behind WHEN: CASE WHEN ${condition} THEN …`, s.at);
  }
  if (s.expected === "'THEN'")
    return adviceAt(s, s.at, `THEN is missing: CASE WHEN condition THEN ${written(s, s.at)} … END.`);
  return undefined;
}

/** CAST(x, INT). */
function castComma(s: Stuck): Advice | undefined {
  if (s.expected !== "'AS'" || s.tokens[s.at]?.kind !== ',') return undefined;
  const open = s.tokens.findLastIndex((t, i) => i < s.at && t.kind === 'word' && /^(?:TRY_)?CAST$/.test(t.text));
  if (open === -1) return undefined;
  const value = s.text.slice(s.tokens[open + 2]?.start, s.tokens[s.at - 1]?.end);
  return adviceAt(s, s.at, `The type stands behind AS: CAST(${value} AS ${written(s, s.at + 1) || 'type'}).`);
}

/** IN (), VALUES (), CREATE STREAM x (). */
function emptyList(s: Stuck): Advice | undefined {
  if (s.tokens[s.at]?.kind !== ')' || s.tokens[s.at - 1]?.kind !== '(') return undefined;
  switch (word(s, s.at - 2)) {
    case 'IN':
      return adviceAt(s, s.at, 'The list is empty: IN (value, …) has one value at least.');
    case 'VALUES':
      return adviceAt(s, s.at, 'The row is empty: VALUES (value, …) has one value at least.');
    default:
      return word(s, 0) === 'CREATE' && s.expected === 'IDENTIFIER'
        ? adviceAt(
            s,
            s.at - 1,
            `Name the columns: (name type, …). With a format of a schema registry (AVRO, PROTOBUF, JSON_SR) the whole list may be left out.`,
            s.at,
          )
        : undefined;
  }
}

/** STRUCT(1, 2), MAP('a', 1). */
function structValues(s: Stuck): Advice | undefined {
  const inside = word(s, s.at - 2);
  if (s.tokens[s.at - 1]?.kind === '(' && inside === 'STRUCT' && s.expected === 'IDENTIFIER')
    return adviceAt(s, s.at, `A field of a STRUCT has a name: STRUCT(name := ${written(s, s.at)}, …).`);
  const enumeration = word(s, s.at - 2) === 'ENUM' || word(s, s.at - 2) === 'SET';
  if (word(s, 0) === 'CREATE' && enumeration && s.tokens[s.at - 1]?.kind === '(' && s.tokens[s.at]?.kind === 'string')
    return adviceAt(s, s.at - 2, `STRING is what ${inside} is called here: any text is taken.`, s.at);
  return undefined;
}

/** By the statement's first word. */
function statementGap(s: Stuck): Advice | undefined {
  const found = word(s, s.at);
  const kind = s.tokens[s.at]?.kind;
  const isEnd = kind === undefined || kind === ';';
  switch (word(s, 0)) {
    case 'DROP':
      return s.at === 1 && /^(?:SOURCE|SINK)$/.test(found) && word(s, 2) === 'CONNECTOR'
        ? adviceAt(s, 1, `DROP CONNECTOR ${written(s, 3) || 'name'}; without ${found}.`)
        : undefined;
    case 'CREATE': {
      const connector = s.tokens.findIndex((t) => t.kind === 'word' && t.text === 'CONNECTOR');
      if (connector !== -1 && connector <= 4) {
        const head = s.text.slice(s.tokens[0]?.start, s.tokens[connector]?.end);
        if (word(s, connector + 1) === 'WITH' && s.tokens[connector + 2]?.kind === '(')
          return adviceAt(s, connector + 1, `A name is missing: ${head} name WITH (…);`);
        if (s.text[s.span.start] === '{')
          return {
            hint: `JSON is taken as a text: CREATE CONNECTOR ${written(s, connector + 1) || 'name'} FROM '{…}'; settings one by one by WITH ('connector.class'='…', …).`,
          };
      }
      const made = (at: number): string => `${s.text.slice(s.tokens[0]?.start, s.tokens[at]?.end)}`;
      if (s.expected === "'SELECT'" && word(s, s.at - 1) === 'AS') {
        if (kind === '(')
          return adviceAt(s, s.at, `The SELECT stands without parentheses: ${made(s.at - 1)} SELECT …;`);
        if (kind === 'word')
          return adviceAt(s, s.at, `A SELECT stands behind AS: ${made(s.at - 1)} SELECT * FROM ${written(s, s.at)};`);
      }
      if (found === 'SELECT' && s.expected.includes("'AS'"))
        return adviceAt(s, s.at, `AS is missing: ${made(s.at - 1)} AS SELECT …;`);
      if (found === 'LIKE' && s.expected.includes("'AS'"))
        return adviceAt(
          s,
          s.at,
          `LIKE is not supported: DESCRIBE ${written(s, s.at + 1) || 'name'} EXTENDED; shows the statement, whose columns can be copied. CREATE … AS SELECT * FROM ${written(s, s.at + 1) || 'name'}; keeps its rows as well.`,
        );
      if (word(s, s.at - 1) === 'HEADER' && kind !== '(')
        return adviceAt(
          s,
          s.at - 1,
          "HEADER names one header, as in BYTES HEADER('name'); all of them are ARRAY<STRUCT<key STRING, value BYTES>> HEADERS.",
        );
      return undefined;
    }
    case 'DESCRIBE':
      if (/^(?:SOURCE|SINK)$/.test(word(s, 1)) && word(s, 2) === 'CONNECTOR')
        return adviceAt(s, 1, `DESCRIBE CONNECTOR ${written(s, 3) || 'name'}; without ${word(s, 1)}.`);
      if (/^(?:TOPIC|QUERY|STREAM|TABLE)$/.test(word(s, 1))) return undefined;
      if (s.at === 2 && /^(?:word|(?:back|double)-quoted)$/.test(kind ?? '') && s.expected.includes("'EXTENDED'"))
        return s.hint === undefined
          ? adviceAt(s, 2, `One is described at a time: DESCRIBE ${written(s, 1)}; DESCRIBE ${written(s, 2)};`)
          : undefined;
      return kind === ',' && s.at === 2
        ? adviceAt(s, 2, `One is described at a time: DESCRIBE ${written(s, 1)}; DESCRIBE ${written(s, 3)};`)
        : undefined;
    case 'PRINT':
      return s.at === 1 && isEnd
        ? adviceAt(s, 0, 'PRINT topic FROM BEGINNING; shows what a topic holds. SHOW TOPICS; lists the topics.')
        : undefined;
    case 'ASSERT':
      if (s.at === 1 && /^(?:STREAM|TABLE|VALUES|NULL)$/.test(found))
        return adviceAt(
          s,
          1,
          `ASSERT ${found} is for tests, which sluice test runs. Of a server ASSERT TOPIC name; and ASSERT SCHEMA SUBJECT 'name'; ask; DESCRIBE name; shows the columns of a stream or table.`,
        );
      if (word(s, s.at - 1) === 'TOPIC' && isEnd)
        return adviceAt(s, s.at - 1, "The topic's name is missing: ASSERT TOPIC name; SHOW TOPICS; lists them.");
      return undefined;
    case 'ALTER':
      if ((found === 'KEY' || found === 'PRIMARY') && find(s, 'ADD') !== -1)
        return adviceAt(
          s,
          s.at,
          'Columns are added to the value: the key stays. To have another key, CREATE STREAM … AS SELECT … PARTITION BY column; or CREATE TABLE … GROUP BY column;',
        );
      if (word(s, 1) === 'CONNECTOR' && s.at === 3 && s.expected.includes("'SET'") && kind === 'word')
        return adviceAt(
          s,
          3,
          `ALTER CONNECTOR ${written(s, 2)} SET ('key'='value'); changes settings, RESET ('key') takes their defaults.`,
        );
      if (s.at === 1 && kind === 'word' && word(s, 2) === 'ADD')
        return adviceAt(
          s,
          1,
          `Say what it is: ALTER STREAM ${written(s, 1)} ADD … or ALTER TABLE ${written(s, 1)} ADD …`,
        );
      if (s.at === 1 && kind === 'word' && (word(s, 2) === 'SET' || word(s, 2) === 'RESET'))
        return adviceAt(s, 1, `Say what it is: ALTER CONNECTOR ${written(s, 1)} ${word(s, 2)} (…);`);
      return undefined;
    case 'RESET':
      return s.at === 1 && (kind === 'string' || kind === 'word') && found !== 'CONNECTOR'
        ? adviceAt(s, 0, `UNSET '${s.tokens[1]?.text ?? ''}'; takes the default of a setting again.`, 1)
        : undefined;
    case 'SHOW':
    case 'LIST': {
      if (s.at === 2 && /^(?:word|(?:back|double)-quoted)$/.test(kind ?? '')) {
        if (word(s, 1) === 'CONNECTORS' && !/^(?:LIKE|WHERE|FROM|IN|STATUS|STATE|HEALTH)$/.test(found))
          return adviceAt(s, 2, `SHOW CONNECTORS; lists all, DESCRIBE CONNECTOR ${written(s, 2)}; shows one.`);
        if (word(s, 1) === 'CONNECTOR' && /^(?:STATUS|STATE|HEALTH)$/.test(found))
          return adviceAt(
            s,
            1,
            'SHOW CONNECTORS; shows the state of each, DESCRIBE CONNECTOR name; that of its tasks.',
            2,
          );
      }
      const list = s.text.slice(s.tokens[1]?.start, s.tokens[s.at - 1]?.end).toUpperCase();
      if (s.expected !== "'OF'") return undefined;
      const name = kind === 'word' ? written(s, s.at) : 'connector';
      return adviceAt(s, s.at, `SHOW ${list} OF ${name};${isEnd ? ' SHOW CONNECTORS; lists the names.' : ''}`);
    }
    case 'RESTART':
    case 'STOP':
      return s.at === 1 && kind === 'word' && s.expected.includes("'CONNECTOR'")
        ? adviceAt(s, 1, `${word(s, 0)} CONNECTOR ${written(s, 1)};`)
        : undefined;
    default:
      return undefined;
  }
}
