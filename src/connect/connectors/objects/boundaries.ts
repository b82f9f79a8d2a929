/** An end of files that was decided by the clock: what comes again after a crash ends there too. */
export interface Boundary {
  /** Of the first record that is not in these files any more. */
  readonly end: number;
  /** The time that counted as now for them, in ms since the epoch. */
  readonly wallMs: number;
}

const MARK = 'files to ';
/** So that the text stays below the 4096 bytes that Kafka keeps beside an offset by default. */
export const BOUNDARIES_MAX = 100;

/** The text that is committed beside an offset; undefined where nothing is decided. */
export function boundariesText(boundaries: readonly Boundary[]): string | undefined {
  return boundaries.length === 0 ? undefined : MARK + boundaries.map((b) => `${b.end}@${b.wallMs}`).join(' ');
}

/** What such a text says; nothing for any other text. */
export function parseBoundaries(text: string | undefined): Boundary[] {
  if (text === undefined || !text.startsWith(MARK)) return [];
  const found: Boundary[] = [];
  for (const part of text.slice(MARK.length).split(' ')) {
    const match = /^(\d+)@(\d+)$/.exec(part);
    if (match === null) return [];
    found.push({ end: Number(match[1]), wallMs: Number(match[2]) });
  }
  return found;
}
