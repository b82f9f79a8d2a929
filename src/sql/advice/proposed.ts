const STATEMENTS =
  /(?<!\b(?:the|a|an|each|A|The) )\b(?:CREATE|SELECT|SHOW|LIST|DROP|DESCRIBE|INSERT|SET|UNSET|ALTER|TERMINATE|PAUSE|RESUME|EXPLAIN|PRINT|DEFINE|RESTART)\b[^;]*;/g;
/** Words that stand for something of the user's: a name, a query. */
const OPEN_PLACES = /…|\b(?:name|topic|query_id|the_table|value|column)\b(?!')/;

/** The statements in a hint that can be executed unchanged, in order. */
export function proposedStatements(hint: string): string[] {
  return [...hint.matchAll(STATEMENTS)].map(([statement]) => statement).filter((s) => !OPEN_PLACES.test(s));
}
