const STATEMENTS =
  /(?<!\b(?:the|a|an|each|A|The) )\b(?:CREATE|SELECT|SHOW|LIST|DROP|DESCRIBE|INSERT|SET|UNSET|ALTER|TERMINATE|PAUSE|RESUME|EXPLAIN|PRINT|DEFINE|RESTART)\b[^;]*;/g;
/** Words in place of what a user has: a name, a query. */
const OPEN_PLACES = /…|\b(?:name|topic|query_id|the_table|value|column)\b(?!')/;

/** The statements that a hint proposes and that run as they stand, in their order. */
export function proposedStatements(hint: string): string[] {
  return [...hint.matchAll(STATEMENTS)].map(([statement]) => statement).filter((s) => !OPEN_PLACES.test(s));
}
