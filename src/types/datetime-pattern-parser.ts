import { type Element, literal, optional, padded, shareDigits } from './datetime-elements.ts';
import { letter, refuse } from './datetime-letters.ts';

/** Splits a DateTimeFormatter pattern into elements. @throws SluiceError EVALUATION if Java would reject it */
export function parsePattern(pattern: string): Element[] {
  const parser = new PatternParser(pattern);
  const elements = parser.sequence(false);
  shareDigits(elements);
  return elements;
}

class PatternParser {
  #at = 0;
  readonly #pattern: string;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  sequence(nested: boolean): Element[] {
    const pattern = this.#pattern;
    const out: Element[] = [];
    let padTo = 0;
    const push = (element: Element): void => {
      out.push(padTo > 0 ? padded(element, padTo) : element);
      padTo = 0;
    };
    while (this.#at < pattern.length) {
      const char = pattern[this.#at]!;
      if ((char >= 'A' && char <= 'Z') || (char >= 'a' && char <= 'z')) {
        const start = this.#at;
        while (this.#at < pattern.length && pattern[this.#at] === char) this.#at++;
        const count = this.#at - start;
        if (char === 'p') {
          if (this.#at >= pattern.length)
            throw refuse(`Pad letter 'p' must be followed by valid pad pattern: ${pattern}`);
          padTo = count;
        } else push(letter(char, count));
      } else if (char === "'") push(literal(this.#quoted()));
      else if (char === '[') {
        this.#at++;
        push(optional(this.sequence(true)));
      } else if (char === ']') {
        if (!nested) throw refuse('Pattern invalid as it contains ] without previous [');
        this.#at++;
        return out;
      } else if (char === '{' || char === '}' || char === '#')
        throw refuse(`Pattern includes reserved character: '${char}'`);
      else {
        this.#at++;
        push(literal(char));
      }
    }
    return out;
  }

  #quoted(): string {
    const pattern = this.#pattern;
    const start = this.#at++;
    let text = '';
    for (;;) {
      if (this.#at >= pattern.length) throw refuse(`Pattern ends with an incomplete string literal: ${pattern}`);
      const char = pattern[this.#at++]!;
      if (char !== "'") text += char;
      else if (pattern[this.#at] === "'") {
        this.#at++;
        text += "'";
      } else break;
    }
    return this.#at - start === 2 ? "'" : text;
  }
}
