import { foreignProperty } from '../../base/foreign-settings.ts';
import { adviceAt, word, written, type Advice, type Stuck } from './stuck.ts';

/** Advice for a CREATE whose name, kind, AS, or WITH is missing or stands elsewhere. */
export function creationAdvice(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'CREATE') return undefined;
  return (
    withoutName(stuck) ??
    withoutConnector(stuck) ??
    withoutKind(stuck) ??
    dottedProperty(stuck) ??
    withoutSelect(stuck) ??
    nameOfWords(stuck) ??
    bareProperties(stuck) ??
    openProperties(stuck)
  );
}

/** The statement from its beginning up to the token before `end`, as written. */
const upTo = (stuck: Stuck, end: number): string =>
  stuck.text.slice(stuck.tokens[0]?.start, stuck.tokens[end - 1]?.end);

const selects = (stuck: Stuck): boolean => stuck.tokens.some((t) => t.kind === 'word' && t.text === 'SELECT');

/** CREATE STREAM AS SELECT …, CREATE STREAM WITH (…) name (id INT), CREATE TABLE (id INT PRIMARY KEY). */
function withoutName(stuck: Stuck): Advice | undefined {
  if (!/^(?:STREAM|TABLE|EXISTS)$/.test(word(stuck, stuck.at - 1)) || !stuck.expected.includes('IDENTIFIER'))
    return undefined;
  const head = upTo(stuck, stuck.at);
  const found = word(stuck, stuck.at);
  if (found === 'AS') return adviceAt(stuck, stuck.at, `A name is missing: ${head} name AS SELECT …;`);
  if (found === 'WITH' && stuck.tokens[stuck.at + 1]?.kind === '(')
    return adviceAt(
      stuck,
      stuck.at,
      selects(stuck)
        ? `The name comes first, WITH (…) behind it: ${head} name WITH (…) AS SELECT …;`
        : `The name and the columns come first, WITH (…) behind them: ${head} name (column type, …) WITH (…);`,
    );
  return stuck.tokens[stuck.at]?.kind === '('
    ? adviceAt(stuck, stuck.at, `A name is missing: ${head} name (column type, …) WITH (…);`)
    : undefined;
}

/** CREATE SOURCE pg FROM POSTGRES …, CREATE SINK s FROM orders INTO …, as in Materialize and RisingWave. */
function withoutConnector(stuck: Stuck): Advice | undefined {
  const kind = word(stuck, stuck.at - 1);
  if (
    !/^S(?:OURCE|INK)$/.test(kind) ||
    stuck.at > 4 ||
    !stuck.expected.includes(kind === 'SINK' ? "'CONNECTOR'" : "'STREAM'")
  )
    return undefined;
  const name = written(stuck, stuck.at);
  if (!/^(?:word|(?:back|double)-quoted)$/.test(stuck.tokens[stuck.at]?.kind ?? '') || stuck.hint !== undefined)
    return undefined;
  if (kind === 'SOURCE')
    return adviceAt(
      stuck,
      stuck.at,
      `Say what it is: CREATE SOURCE CONNECTOR ${name} WITH (connector='postgres', url='…', tables='…'); reads a database, CREATE STREAM ${name} (column type, …) WITH (KAFKA_TOPIC='…', VALUE_FORMAT='JSON'); a topic.`,
    );
  const from = stuck.tokens.findIndex((t) => t.kind === 'word' && t.text === 'FROM');
  const source = from === -1 ? '…' : written(stuck, from + 1);
  return adviceAt(
    stuck,
    stuck.at,
    `CREATE SINK CONNECTOR ${name} WITH (connector='postgres', url='…', sources='${source}'); writes to a database. A topic of Kafka needs no sink: CREATE STREAM ${name} WITH (KAFKA_TOPIC='…') AS SELECT * FROM ${source}; writes one.`,
  );
}

/** CREATE big AS SELECT …, CREATE orders (id INT) WITH (…). */
function withoutKind(stuck: Stuck): Advice | undefined {
  const named = /^(?:word|back-quoted|double-quoted)$/.test(stuck.tokens[1]?.kind ?? '');
  const continues = stuck.tokens[2]?.kind === '(' || /^(?:AS|WITH|SELECT)$/.test(word(stuck, 2));
  if (stuck.at !== 1 || !named || !continues || stuck.hint !== undefined) return undefined;
  const name = written(stuck, 1);
  return adviceAt(
    stuck,
    1,
    `Say what it is: CREATE STREAM ${name} … for events, CREATE TABLE ${name} … for the last row of each key.`,
  );
}

/** CREATE STREAM big FROM orders WHERE …. */
function withoutSelect(stuck: Stuck): Advice | undefined {
  if (stuck.expected !== "'CONNECTOR'" || word(stuck, stuck.at - 1) !== 'FROM') return undefined;
  return adviceAt(
    stuck,
    stuck.at - 1,
    `AS SELECT is missing: ${upTo(stuck, stuck.at - 1)} AS SELECT * FROM ${written(stuck, stuck.at)} …`,
    stuck.at,
  );
}

/** CREATE STREAM my stream (id INT) …. */
function nameOfWords(stuck: Stuck): Advice | undefined {
  const isSecond =
    /^(?:STREAM|TABLE|EXISTS)$/.test(word(stuck, stuck.at - 2)) && stuck.tokens[stuck.at]?.kind === 'word';
  if (
    !isSecond ||
    stuck.tokens[stuck.at + 1]?.kind !== '(' ||
    !stuck.expected.includes("'WITH'") ||
    stuck.hint !== undefined
  )
    return undefined;
  const words = [written(stuck, stuck.at - 1), written(stuck, stuck.at)];
  return adviceAt(stuck, stuck.at - 1, `A name is one word: ${words.join('_')}.`, stuck.at);
}

/** The longest list of properties that is repeated. */
const LIST_SHOWN = 100;

/** CREATE STREAM x (id INT) WITH kafka_topic='x', partitions=1. */
function bareProperties(stuck: Stuck): Advice | undefined {
  const kind = stuck.tokens[stuck.at]?.kind;
  if (
    word(stuck, stuck.at - 1) !== 'WITH' ||
    stuck.tokens[stuck.at + 1]?.kind !== '=' ||
    (kind !== 'word' && kind !== 'string')
  )
    return undefined;
  const end = stuck.tokens.findIndex(
    (t, i) => i > stuck.at && (t.kind === ';' || (t.kind === 'word' && t.text === 'AS')),
  );
  const last = end === -1 ? stuck.tokens.length - 1 : end - 1;
  const list = stuck.text.slice(stuck.tokens[stuck.at]?.start, stuck.tokens[last]?.end);
  const shown = list.length > LIST_SHOWN ? `${written(stuck, stuck.at)}=…, …` : list;
  return adviceAt(stuck, stuck.at, `The properties stand in parentheses: WITH (${shown})`, last);
}

/** WITH (…, security.protocol='SSL'), of Kafka's clients: a dotted name needs quotes, and is no property here. */
function dottedProperty(stuck: Stuck): Advice | undefined {
  if (stuck.tokens[stuck.at]?.kind !== '.' || !/^[(,]$/.test(stuck.tokens[stuck.at - 2]?.kind ?? '')) return undefined;
  const [name] = /^[\w.-]+/.exec(stuck.text.slice(stuck.tokens[stuck.at - 1]?.start)) ?? [''];
  const hint = foreignProperty(name);
  return hint === undefined ? undefined : adviceAt(stuck, stuck.at - 1, hint);
}

/** CREATE STREAM x WITH (value_format='JSON' AS SELECT …. */
function openProperties(stuck: Stuck): Advice | undefined {
  const isName = stuck.expected === "'='" && word(stuck, stuck.at - 1) === 'AS' && word(stuck, stuck.at) === 'SELECT';
  const at = isName ? stuck.at - 1 : stuck.at;
  if (word(stuck, at) !== 'AS' || word(stuck, at + 1) !== 'SELECT') return undefined;
  const isOpen = isName || stuck.expected.includes("')'");
  return isOpen ? adviceAt(stuck, at, 'The properties end with ): WITH (…) AS SELECT …') : undefined;
}
