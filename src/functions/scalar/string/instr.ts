import { INTEGER, STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

function positionOf(s: string, part: string, position = 1, occurrence = 1): number {
  if (position === 0 || occurrence < 1) return 0;
  if (position > 0) {
    let at = s.indexOf(part, position - 1);
    for (let n = 1; n < occurrence && at >= 0; n++) at = s.indexOf(part, at + 1);
    return at + 1;
  }
  let from = s.length + position;
  for (let n = 1; from >= 0; n++) {
    const at = s.lastIndexOf(part, from);
    if (n === occurrence || at < 0) return at + 1;
    from = at - 1;
  }
  return 0;
}

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
    { params: TEXTS, returns: INTEGER, evaluate: (s: string, part: string) => s.indexOf(part) + 1 },
    { params: [...TEXTS, POSITION], returns: INTEGER, evaluate: positionOf },
    { params: [...TEXTS, POSITION, OCCURRENCE], returns: INTEGER, evaluate: positionOf },
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
