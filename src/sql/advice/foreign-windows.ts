import { adviceAt, word, written, type Advice, type Stuck } from './stuck.ts';

/** INTERVAL '1' HOUR, in a condition or in a call of Flink's group windows. */
export function intervalAdvice(s: Stuck): Advice | undefined {
  const i = s.at;
  if (word(s, i - 1) !== 'INTERVAL' || s.tokens[i]?.kind !== 'string') return undefined;
  const window = [i - 4, i - 5, i - 6].find((at) => /^(TUMBLE|HOP|SESSION)(_START|_END|_ROWTIME)?$/.test(word(s, at)));
  if (window !== undefined) return adviceAt(s, window, windowAdvice(s, word(s, window)));
  const [amount = '1', unit = word(s, i + 1) || 'HOUR'] = (s.tokens[i]?.text ?? '').split(' ');
  const [name, operand] = s.tokens[i - 2]?.kind === '+' ? ['TIMESTAMPADD', 'column'] : ['TIMESTAMPSUB', 'column'];
  return adviceAt(
    s,
    i - 1,
    `INTERVAL is not supported: ${name}(${unit.toUpperCase()}, ${amount}, ${operand}) reckons with TIMESTAMPs, FROM_UNIXTIME(UNIX_TIMESTAMP()) is the time now as one; ` +
      'ROWTIME and UNIX_TIMESTAMP() are ms: ROWTIME > UNIX_TIMESTAMP() - 3600000 is the last hour.',
  );
}

/** FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(at), INTERVAL '1' HOUR)), as in Flink. */
export function tableFunctionAdvice(s: Stuck): Advice | undefined {
  if (word(s, s.at) !== 'TABLE' || !/^(?:FROM|JOIN)$/.test(word(s, s.at - 1))) return undefined;
  if (s.tokens[s.at + 1]?.kind !== '(' || !/^(?:TUMBLE|HOP|SESSION|CUMULATE)$/.test(word(s, s.at + 2)))
    return undefined;
  const source = word(s, s.at + 4) === 'TABLE' ? written(s, s.at + 5) : written(s, s.at + 4);
  const behind = s.tokens.slice(s.at).findIndex((_, i) => word(s, s.at + i) === 'INTERVAL');
  const stuck = { ...s, at: behind === -1 ? s.at : s.at + behind + 1 };
  return adviceAt(s, s.at, windowAdvice(stuck, word(s, s.at + 2), source || 'name'));
}

/** The window for a call of Flink's group windows, with its sizes. */
function windowAdvice(s: Stuck, call: string, of?: string): string {
  const sizes: string[] = [];
  for (let at = s.at; at < Math.min(s.tokens.length, s.at + 8); at++) {
    if (word(s, at - 1) !== 'INTERVAL' || s.tokens[at]?.kind !== 'string') continue;
    const [amount = '1', unit = word(s, at + 1) || 'HOUR'] = s.tokens[at]!.text.split(' ');
    sizes.push(`${amount} ${unit.toUpperCase()}`);
  }
  const [first = '1 HOUR', second = '1 HOUR'] = sizes;
  const window = call.startsWith('HOP')
    ? `HOPPING (SIZE ${second}, ADVANCE BY ${first})`
    : call.startsWith('SESSION')
      ? `SESSION (${first})`
      : `TUMBLING (SIZE ${first})`;
  const from = s.tokens.findIndex((t) => t.kind === 'word' && t.text === 'FROM');
  const source = of ?? (from === -1 ? 'name' : written(s, from + 1));
  return `A window stands behind the FROM clause: SELECT WINDOWSTART, … FROM ${source} WINDOW ${window} GROUP BY … EMIT CHANGES; WINDOWSTART and WINDOWEND are its bounds. It goes by the time of the records, which is that of a column with timestamp='column' in the WITH of ${source}.`;
}
