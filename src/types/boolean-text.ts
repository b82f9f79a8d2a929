const WORDS: readonly (readonly [word: string, value: boolean])[] = [
  ['true', true],
  ['yes', true],
  ['false', false],
  ['no', false],
];

/**
 * Parses a boolean: `true`, `yes`, `false`, `no` or any prefix of them, in any case (docs: type coercion). Undefined
 * for anything else.
 */
export function parseBoolean(text: string): boolean | undefined {
  if (text === '') return undefined;
  const lower = text.toLowerCase();
  return WORDS.find(([word]) => word.startsWith(lower))?.[1];
}
