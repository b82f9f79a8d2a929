import { sourcesOf } from './query-sources.ts';
import { fieldsOf, listOf, textOf } from './render/fields.ts';
import type { ConsoleSession } from './session.ts';

const RESET = 'auto.offset.reset';
/** The prefix of the ids of ksqlDB's scalable push queries. */
const FOLLOWS = 'SCALABLE_PUSH_QUERY_';

/**
 * Why a push query shows nothing yet: the position from which its streams are read, what precedes it, and how to see
 * that.
 */
export async function waitingForRows(
  session: ConsoleSession,
  text: string,
  queryId: string,
  signal: AbortSignal,
): Promise<string> {
  const options = session.requestOptions(signal);
  const names = [...new Set(sourcesOf(text).map((s) => s.name))];
  const described = await Promise.all(
    names.map(async (name) => {
      const [entity] = await session.client.execute(`DESCRIBE ${name} EXTENDED;`, options);
      return fieldsOf(entity?.['sourceDescription']);
    }),
  );
  const latest = (await effectiveReset(session, signal)) === 'latest';
  const lines = ['No rows yet.'];
  let hidden = 0;
  for (const description of described) {
    const held = listOf(description['topicOffsets']).reduce(
      (sum, o) => sum + Number(o['logEndOffset']) - Number(o['logStartOffset']),
      0,
    );
    // A table is read from its beginning, except by a query that only follows the output of a persistent query.
    const fromEnd = latest && (description['type'] === 'STREAM' || queryId.startsWith(FOLLOWS));
    if (fromEnd) hidden += held;
    const place = fromEnd ? `from its end (${RESET} is latest)` : 'from the beginning';
    const older = fromEnd
      ? `${counted(held, 'older row')} of it ${held === 1 ? 'is' : 'are'} not shown`
      : `it has ${counted(held, 'row')} so far`;
    lines.push(`${textOf(description['name'])} is read ${place}; ${older}.`);
  }
  if (hidden > 0) lines.push(`To see older rows: Ctrl-C, then SET '${RESET}' = 'earliest';`);
  return lines.join('\n');
}

const topicOf = (text: string): string =>
  /^\s*PRINT\s+('(?:[^']|'')*'|`[^`]+`|[\w.-]+)/i.exec(text)?.[1] ?? 'the topic';

/** Why PRINT shows nothing yet. */
export function waitingForRecords(text: string): string {
  const topic = topicOf(text);
  return /\bFROM\s+BEGINNING\b/i.test(text)
    ? `No record of ${topic} so far: PRINT waits for the first one. Ctrl-C ends PRINT.`
    : `No record of ${topic} so far: PRINT waits for new ones; PRINT ${topic} FROM BEGINNING; shows those that are there. Ctrl-C ends PRINT.`;
}

/** The number of records after which PRINT ends by itself; undefined when it has no LIMIT. */
export function printLimit(text: string): number | undefined {
  const limit = /\bLIMIT\s+(\d+)\s*;?\s*$/i.exec(text)?.[1];
  return limit === undefined ? undefined : Number(limit);
}

/** Why PRINT with a LIMIT goes on after the records that are there. */
export function waitingForMore(text: string, count: number, limit: number): string {
  return `${count} of ${limit} records so far: PRINT waits for more of ${topicOf(text)}. Ctrl-C ends PRINT.`;
}

async function effectiveReset(session: ConsoleSession, signal: AbortSignal): Promise<string> {
  const own = session.property(RESET) ?? session.property(`ksql.streams.${RESET}`);
  if (own !== undefined) return own;
  const [entity] = await session.client.execute('SHOW PROPERTIES;', session.requestOptions(signal));
  const values = listOf(entity?.['properties']).filter((p) => textOf(p['name']).endsWith(RESET));
  return values.map((p) => textOf(p['value'])).find((v) => v !== '') ?? 'latest';
}

function counted(n: number, what: string): string {
  return `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
}
