import { adviceAt, named, word, type Advice, type Stuck } from './stuck.ts';

/** Advice for what Flink, and databases with computed columns, have among the columns of a CREATE. */
export function foreignColumnAdvice(stuck: Stuck): Advice | undefined {
  return watermarkAdvice(stuck) ?? metadataAdvice(stuck) ?? computedAdvice(stuck) ?? notEnforcedAdvice(stuck);
}

/** `ts TIMESTAMP(3) METADATA FROM 'timestamp'`. */
function metadataAdvice(stuck: Stuck): Advice | undefined {
  if (word(stuck, stuck.at) !== 'METADATA' || !stuck.expected.includes("','")) return undefined;
  return adviceAt(
    stuck,
    stuck.at,
    "There are no METADATA columns: leave the column out. Each row has ROWTIME, ROWPARTITION and ROWOFFSET; a header is BYTES HEADER('name').",
  );
}

/** `cost AS price * 2`, `proc AS PROCTIME()`. */
function computedAdvice(stuck: Stuck): Advice | undefined {
  if (word(stuck, stuck.at) !== 'AS' || stuck.expected !== 'TYPE') return undefined;
  const column = named(stuck, stuck.at - 1, 'column');
  if (word(stuck, stuck.at + 1) === 'PROCTIME')
    return adviceAt(
      stuck,
      stuck.at - 1,
      `Leave ${column} out: UNIX_TIMESTAMP() in a SELECT is the time now, in ms.`,
      stuck.at + 1,
    );
  return adviceAt(
    stuck,
    stuck.at - 1,
    `A column of a CREATE has a type and no expression: leave ${column} out, and CREATE STREAM … AS SELECT *, expression AS ${column} FROM …; computes it.`,
    stuck.at,
  );
}

/** `id BIGINT PRIMARY KEY NOT ENFORCED`. */
function notEnforcedAdvice(stuck: Stuck): Advice | undefined {
  return word(stuck, stuck.at) === 'NOT' && word(stuck, stuck.at + 1) === 'ENFORCED'
    ? adviceAt(stuck, stuck.at, 'PRIMARY KEY alone is enough: leave NOT ENFORCED out.', stuck.at + 1)
    : undefined;
}

/** `WATERMARK FOR at AS at - INTERVAL '5' SECOND`, among the columns of a CREATE. */
function watermarkAdvice(stuck: Stuck): Advice | undefined {
  const from = stuck.tokens.findLastIndex((t, i) => i <= stuck.at && t.kind === 'word' && t.text === 'WATERMARK');
  if (word(stuck, 0) !== 'CREATE' || from === -1 || word(stuck, from + 1) !== 'FOR' || stuck.at > from + 4)
    return undefined;
  const column = named(stuck, from + 2, 'column');
  const delay = /\bINTERVAL\s+'(\d+)'\s+([A-Za-z]+)/i.exec(stuck.text.slice(stuck.tokens[from]?.start));
  const unit = delay?.[2]?.toUpperCase() ?? 'SECONDS';
  const grace = `${delay?.[1] ?? '5'} ${unit.endsWith('S') ? unit : `${unit}S`}`;
  return adviceAt(
    stuck,
    from,
    `There are no watermarks: leave WATERMARK FOR … out. timestamp='${column}' in the WITH gives the records the time of that column, and a window waits as long as its GRACE PERIOD for late ones: WINDOW TUMBLING (SIZE 1 HOUR, GRACE PERIOD ${grace}).`,
    from + 2,
  );
}
