import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unseenIn, visibleText } from './visible-text.ts';

describe('a text that shows all of its characters', () => {
  test.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\u0007\u007f\u009b2J', 'a\\u0007\\u007f\\u009b2J'],
    ['a\u202eb\u2066c\u200e\u061c', 'a\\u202eb\\u2066c\\u200e\\u061c'],
    ['a\u200bb\ufeff\u2028', 'a\\u200bb\\ufeff\\u2028'],
    ['x\u{e0041}', 'x\\udb40\\udc41'],
    ['two\nlines', 'two\nlines'],
    // Emoji and scripts that need joiners and marks stay as they are.
    ['👩‍👩‍👧 ❤️ می‌خواهم é', '👩‍👩‍👧 ❤️ می‌خواهم é'],
  ])('%j', (text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(visibleText(shown)).toBe(shown);
    expect(unseenIn(text) === undefined).toBe(text === shown);
  });

  test('JSON stays the same JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = visibleText(JSON.stringify({ [text]: text }));
        expect(JSON.parse(shown)).toEqual({ [text]: text });
        expect(unseenIn(shown)).toBeUndefined();
      }),
    );
  });
});
