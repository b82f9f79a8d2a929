import { displayWidth } from '../render/width.ts';

/** The most completions that are listed. */
const LISTED_MAX = 120;

/**
 * The lines that list completions, in as many columns of equal width as fit.
 * @param columns the width of the terminal in characters
 */
export function listingOf(candidates: readonly string[], columns: number): string[] {
  const width = Math.max(...candidates.map((c) => displayWidth(c))) + 2;
  const each = Math.max(1, Math.floor((columns - 1) / width));
  const listed = candidates.slice(0, LISTED_MAX);
  const lines: string[] = [];
  for (let from = 0; from < listed.length; from += each)
    lines.push(
      listed
        .slice(from, from + each)
        .map((c) => c + ' '.repeat(width - displayWidth(c)))
        .join('')
        .trimEnd(),
    );
  if (listed.length < candidates.length) lines.push(`... and ${candidates.length - listed.length} more`);
  return lines;
}
