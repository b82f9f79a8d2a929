/**
 * Characters that nobody sees but that change what is seen: controls (C0 except the line feed, DEL, C1), which are
 * commands to a terminal, those that turn the direction of a text (U+061C, U+200E, U+202A, U+2066 ...), other line
 * breaks (U+2028, U+2029), and invisible format characters. The joiners U+200C and U+200D are left: scripts and emoji
 * need them.
 */
const UNSEEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/gu;

/** The first character of a text that nobody sees, as a code point; undefined if there is none. */
export function unseenIn(text: string): number | undefined {
  UNSEEN.lastIndex = 0;
  return UNSEEN.exec(text)?.[0].codePointAt(0);
}

/**
 * A text in which each character that nobody sees is written as `\u001b`; line feeds are kept. JSON stays the same
 * JSON, because there these characters occur in strings alone.
 */
export function visibleText(text: string): string {
  return text.replaceAll(UNSEEN, escaped);
}

function escaped(character: string): string {
  let text = '';
  // One escape per UTF-16 unit, as in JSON.
  for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return text;
}
