/** The parts of a comma-separated list in a setting, such as `a, b`: without surrounding spaces and empty parts. */
export function commaList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
