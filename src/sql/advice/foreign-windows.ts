import { adviceAt, word, written, type Advice, type Stuck } from './stuck.ts';

/** INTERVAL '1' HOUR, in a condition or in a call of Flink's group windows. */
export function intervalAdvice(stuck: Stuck): Advice | undefined {
  const i = stuck.at;
  if (word(stuck, i - 1) !== 'INTERVAL' || !/^(?:string|integer|number|decimal)/.test(stuck.tokens[i]?.kind ?? ''))
    return undefined;
  const window = [i - 4, i - 5, i - 6].find((at) =>
    /^(TUMBLE|HOP|SESSION)(_START|_END|_ROWTIME)?$/.test(word(stuck, at)),
  );
  if (window !== undefined) return adviceAt(stuck, window, windowAdvice(stuck, word(stuck, window)));
  const [amount = '1', unit = word(stuck, i + 1) || 'HOUR'] = (stuck.tokens[i]?.text ?? '').split(' ');
  const name = stuck.tokens[i - 2]?.kind === '+' ? 'TIMESTAMPADD' : 'TIMESTAMPSUB';
  const unitName = unit.toUpperCase().replace(/(?<!S)$/, 'S');
  const isNow = /^(?:NOW|CURRENT_TIMESTAMP|GETDATE)$/.test(
    stuck.tokens[i - 3]?.kind === ')' ? word(stuck, i - 5) : word(stuck, i - 3),
  );
  if (isNow)
    return adviceAt(
      stuck,
      i - 1,
      `INTERVAL is not supported: the time ${amount} ${unit.toLowerCase()} ${name === 'TIMESTAMPADD' ? 'from now' : 'ago'} is ${name}(${unitName}, ${amount}, FROM_UNIXTIME(UNIX_TIMESTAMP())).`,
    );
  const operand = isName(stuck, i - 3) ? written(stuck, i - 3) : 'column';
  return adviceAt(
    stuck,
    i - 1,
    `INTERVAL is not supported: ${name}(${unit.toUpperCase()}, ${amount}, ${operand}) reckons with TIMESTAMPs, FROM_UNIXTIME(UNIX_TIMESTAMP()) is the time now as one; ` +
      'ROWTIME and UNIX_TIMESTAMP() are ms: ROWTIME > UNIX_TIMESTAMP() - 3600000 is the last hour.',
  );
}

/** FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(at), INTERVAL '1' HOUR)), as in Flink. */
export function tableFunctionAdvice(stuck: Stuck): Advice | undefined {
  const bare = stuck.tokens[stuck.at]?.kind === '(' && /^(?:TUMBLE|HOP|SESSION)$/.test(word(stuck, stuck.at - 1));
  if (bare && /^(?:FROM|JOIN)$/.test(word(stuck, stuck.at - 2)))
    return adviceAt(
      stuck,
      stuck.at - 1,
      windowAdvice(atInterval(stuck), word(stuck, stuck.at - 1), written(stuck, stuck.at + 1)),
    );
  if (word(stuck, stuck.at) !== 'TABLE' || !/^(?:FROM|JOIN)$/.test(word(stuck, stuck.at - 1))) return undefined;
  if (stuck.tokens[stuck.at + 1]?.kind !== '(' || !/^(?:TUMBLE|HOP|SESSION|CUMULATE)$/.test(word(stuck, stuck.at + 2)))
    return undefined;
  const source = word(stuck, stuck.at + 4) === 'TABLE' ? written(stuck, stuck.at + 5) : written(stuck, stuck.at + 4);
  return adviceAt(stuck, stuck.at, windowAdvice(atInterval(stuck), word(stuck, stuck.at + 2), source || 'name'));
}

/** The same, at what follows the next INTERVAL. */
function atInterval(stuck: Stuck): Stuck {
  const behind = stuck.tokens.slice(stuck.at).findIndex((_, i) => word(stuck, stuck.at + i) === 'INTERVAL');
  return { ...stuck, at: behind === -1 ? stuck.at : stuck.at + behind + 1 };
}

/** window(at, '1 hour'), as in Spark: WINDOW is a reserved word. */
export function windowCallAdvice(stuck: Stuck): Advice | undefined {
  if (word(stuck, stuck.at) !== 'WINDOW' || stuck.tokens[stuck.at + 1]?.kind !== '(' || !isName(stuck, stuck.at + 2))
    return undefined;
  if (stuck.tokens[stuck.at + 3]?.kind !== ',') return undefined;
  const sizes = [stuck.at + 4, stuck.at + 6].flatMap((i) =>
    stuck.tokens[i]?.kind === 'string' ? [stuck.tokens[i]!.text] : [],
  );
  return adviceAt(
    stuck,
    stuck.at,
    bounds(stuck, sizes.length > 1 ? 'HOP' : 'TUMBLE', sizes.map((size) => size.toUpperCase()).toReversed()),
  );
}

const isName = (stuck: Stuck, i: number): boolean =>
  /^(?:word|(?:back|double)-quoted)$/.test(stuck.tokens[i]?.kind ?? '');

/** The window for a call of Flink's group windows, with its sizes. */
function windowAdvice(stuck: Stuck, call: string, of?: string): string {
  const sizes: string[] = [];
  for (let at = stuck.at; at < Math.min(stuck.tokens.length, stuck.at + 8); at++) {
    if (word(stuck, at - 1) !== 'INTERVAL' || stuck.tokens[at]?.kind !== 'string') continue;
    const [amount = '1', unit = word(stuck, at + 1) || 'HOUR'] = stuck.tokens[at]!.text.split(' ');
    sizes.push(`${amount} ${unit.toUpperCase()}`);
  }
  return bounds(stuck, call, sizes, of);
}

/** A name of the bounds of a window in other dialects. */
const BOUND =
  /^(?:window_(?:start|end|time)|(?:TUMBLE|HOP|SESSION)_(?:START|END|ROWTIME)\b.*|window(?:\.\w+)?|window\s*\(.*|\d+)$/i;

/**
 * What the query selects and groups by, without the bounds that other dialects have there: groups by nothing else are
 * one group.
 */
function grouped({ text }: Stuck): { readonly items: string; readonly groups: string } {
  const list = /\bGROUP\s+BY\s+([^;()]*?)(?:\bHAVING\b|\bORDER\b|\bEMIT\b|\bLIMIT\b|;|$)/i.exec(text)?.[1];
  if (list === undefined) return { items: 'WINDOWSTART, …', groups: '…' };
  const groups = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !BOUND.test(part));
  const selected = /^\s*SELECT\s+([^()]*(?:\([^()]*\)[^()]*)*?)\s+FROM\b/i.exec(text)?.[1];
  const kept = selected
    ?.split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => !BOUND.test(part)) ?? ['…'];
  const all = groups.length === 0 ? ["'all' AS one"] : [];
  return {
    items: [...all, 'WINDOWSTART', ...kept].join(', '),
    groups: groups.length === 0 ? "'all'" : groups.join(', '),
  };
}

/** How to write the window; `sizes` are its advance and its size, or its size alone. */
function bounds(stuck: Stuck, call: string, sizes: readonly string[], of?: string): string {
  const [first = '1 HOUR', second = '1 HOUR'] = sizes;
  const window = call.startsWith('HOP')
    ? `HOPPING (SIZE ${second}, ADVANCE BY ${first})`
    : call.startsWith('SESSION')
      ? `SESSION (${first})`
      : `TUMBLING (SIZE ${first})`;
  const from = stuck.tokens.findIndex((t) => t.kind === 'word' && t.text === 'FROM');
  const source = of ?? (from === -1 ? 'name' : written(stuck, from + 1));
  const { items, groups } = grouped(stuck);
  const time = /\bDESCRIPTOR\s*\(\s*([\w`]+)\s*\)/i.exec(stuck.text)?.[1] ?? 'column';
  return `A window stands behind the FROM clause: SELECT ${items} FROM ${source} WINDOW ${window} GROUP BY ${groups} EMIT CHANGES; WINDOWSTART and WINDOWEND are its bounds, which are no columns of GROUP BY. It goes by the time of the records, which is that of a column with timestamp='${time}' in the WITH of ${source}.`;
}
