/** Emphasis for terminals; without a terminal every function is the identity. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
}

const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${on}m${text}\u001b[${off}m`;
const same = (text: string): string => text;

export function styleFor(colors: boolean): Style {
  return colors
    ? { bold: sgr(1, 22), dim: sgr(2, 22), error: sgr(31, 39), warning: sgr(33, 39) }
    : { bold: same, dim: same, error: same, warning: same };
}
