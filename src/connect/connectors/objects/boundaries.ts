/** An end of files that the clock decided: the same records, read again after a crash, have to end there too. */
export interface Boundary {
  /** Offset of the first record that is no longer in these files. */
  readonly end: number;
  /** The wall-clock time that was used for them, in ms since the epoch. */
  readonly wallMs: number;
}

const MARK = 'files to ';
/** Keeps the text below the 4096 bytes of offset metadata that Kafka permits by default. */
export const BOUNDARIES_MAX = 100;

/** The text that is committed as metadata of an offset; undefined when nothing is decided. */
export function boundariesText(boundaries: readonly Boundary[]): string | undefined {
  return boundaries.length === 0 ? undefined : MARK + boundaries.map((b) => `${b.end}@${b.wallMs}`).join(' ');
}

/** The boundaries in such a text; empty for any other text. */
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
