import type { Finding } from './finding.ts';

/** The formatter's width, which it does not apply to comments. */
const WIDTH = 120;

/**
 * Comment lines that are longer than the formatter's width, except for single long words and indented or tabular text.
 */
export function wideComments(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, i) => {
    const isComment = /^\s*(?:\/\/|\/\*|\*)(?! {4}| \S+ => )/.test(line);
    const isWide = line.length > WIDTH && isComment && /\s\S+\s+\S/.test(line.trim());
    return isWide
      ? [{ file: `${file}:${i + 1}`, rule: 'width', detail: `a comment of ${line.length} characters` }]
      : [];
  });
}
