import type { Work } from '../../../base/budget/work.ts';
import { finder, MAX_TEXT } from '../../../base/find-text.ts';
import { INTEGER, STRING } from '../../../types/sql-type.ts';
import { type CallSite, scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

function positionOf(work: Work, text: string, part: string, position = 1, occurrence = 1): number {
  if (position === 0 || occurrence < 1) return 0;
  const cost = 1 + part.length / 16;
  if (position > 0) {
    const find = finder(part, work);
    let at = find(text, position - 1);
    for (let n = 1; n < occurrence && at >= 0; n++) {
      work.spend(cost);
      at = find(text, at + 1);
    }
    return at + 1;
  }
  let from = text.length + position;
  // In the worst case, JavaScript's backward search compares each character of one text with each of the other.
  if (part.length > MAX_TEXT) work.spend((Math.max(0, from) * part.length) / 32);
  for (let n = 1; from >= 0; n++) {
    work.spend(cost);
    const at = text.lastIndexOf(part, from);
    if (n === occurrence || at < 0) return at + 1;
    from = at - 1;
  }
  return 0;
}

const position =
  ({ env }: CallSite) =>
  (s: string, part: string, from: number, occurrence?: number): number =>
    positionOf(env.work, s, part, from, occurrence);

const TEXTS = [param('str', STRING, 'The text to search in.'), param('substring', STRING, 'The text to find.')];
const POSITION = param(
  'pos',
  INTEGER,
  'Where to start, from 1. A negative position starts that far from the end and searches towards the start.',
);
const OCCURRENCE = param('occurrence', INTEGER, 'Which occurrence to find, from 1.');

export const instr = scalarFunction({
  name: 'INSTR',
  category: 'STRING',
  doc: 'Returns the position of a text within another, from 1; 0 when it is not found.',
  signatures: [
    {
      params: TEXTS,
      returns: INTEGER,
      prepare:
        ({ env }) =>
        (s: string, part: string) =>
          finder(part, env.work)(s, 0) + 1,
    },
    { params: [...TEXTS, POSITION], returns: INTEGER, prepare: position },
    { params: [...TEXTS, POSITION, OCCURRENCE], returns: INTEGER, prepare: position },
  ],
  examples: [
    { call: "INSTR('CORPORATE FLOOR', 'OR')", gives: 2 },
    { call: "INSTR('CORPORATE FLOOR', 'OR', 3)", gives: 5 },
    { call: "INSTR('CORPORATE FLOOR', 'OR', 3, 2)", gives: 14 },
    { call: "INSTR('CORPORATE FLOOR', 'OR', -3)", gives: 5 },
    { call: "INSTR('CORPORATE FLOOR', 'OR', -3, 2)", gives: 2 },
    { call: "INSTR('CORPORATE FLOOR', 'MISSING')", gives: 0 },
  ],
});
