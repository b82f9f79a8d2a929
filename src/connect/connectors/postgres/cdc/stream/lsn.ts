/** Positions in Postgres' WAL (pg_lsn), such as `16/B374D848`. */

/** Parses a position; undefined if the text is not one. */
export function parseLsn(text: string): bigint | undefined {
  const found = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  return found === null ? undefined : (BigInt(`0x${found[1]}`) << 32n) | BigInt(`0x${found[2]}`);
}

export function formatLsn(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`;
}
