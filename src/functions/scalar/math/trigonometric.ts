import { DOUBLE } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { doubleFunction, doubleFunction2 } from './double-function.ts';

const RADIANS = 'The angle in radians.';

export const acos = doubleFunction({
  name: 'ACOS',
  doc: 'Returns the arc cosine of the value, in radians; NaN outside [-1, 1].',
  valueDoc: 'The cosine.',
  evaluate: Math.acos,
  examples: [{ call: 'ACOS(1)', gives: 0 }],
});

export const asin = doubleFunction({
  name: 'ASIN',
  doc: 'Returns the arc sine of the value, in radians; NaN outside [-1, 1].',
  valueDoc: 'The sine.',
  evaluate: Math.asin,
  examples: [{ call: 'ASIN(0)', gives: 0 }],
});

export const atan = doubleFunction({
  name: 'ATAN',
  doc: 'Returns the arc tangent of the value, in radians.',
  valueDoc: 'The tangent.',
  evaluate: Math.atan,
  examples: [{ call: 'ATAN(1)', gives: 0.7853981633974483 }],
});

export const atan2 = doubleFunction2({
  name: 'ATAN2',
  doc: 'Returns the arc tangent of y / x, in radians: the angle of the point (x, y) in polar coordinates.',
  first: ['y', 'The ordinate.'],
  second: ['x', 'The abscissa.'],
  evaluate: Math.atan2,
  examples: [{ call: 'ATAN2(1, 1)', gives: 0.7853981633974483 }],
});

export const cos = doubleFunction({
  name: 'COS',
  doc: 'Returns the cosine of an angle.',
  valueDoc: RADIANS,
  evaluate: Math.cos,
  examples: [{ call: 'COS(0)', gives: 1 }],
});

export const cosh = doubleFunction({
  name: 'COSH',
  doc: 'Returns the hyperbolic cosine of an angle.',
  valueDoc: RADIANS,
  evaluate: Math.cosh,
  examples: [{ call: 'COSH(0)', gives: 1 }],
});

export const cot = doubleFunction({
  name: 'COT',
  doc: 'Returns the cotangent of an angle; Infinity with the sign of the angle at 0.',
  valueDoc: RADIANS,
  evaluate: (x) => 1 / Math.tan(x),
  examples: [{ call: 'ROUND(COT(0.43), 10)', gives: 2.1804495407 }],
});

export const sin = doubleFunction({
  name: 'SIN',
  doc: 'Returns the sine of an angle.',
  valueDoc: RADIANS,
  evaluate: Math.sin,
  examples: [{ call: 'SIN(0)', gives: 0 }],
});

export const sinh = doubleFunction({
  name: 'SINH',
  doc: 'Returns the hyperbolic sine of an angle.',
  valueDoc: RADIANS,
  evaluate: Math.sinh,
  examples: [{ call: 'SINH(0)', gives: 0 }],
});

export const tan = doubleFunction({
  name: 'TAN',
  doc: 'Returns the tangent of an angle.',
  valueDoc: RADIANS,
  evaluate: Math.tan,
  examples: [{ call: 'TAN(0)', gives: 0 }],
});

export const tanh = doubleFunction({
  name: 'TANH',
  doc: 'Returns the hyperbolic tangent of an angle.',
  valueDoc: RADIANS,
  evaluate: Math.tanh,
  examples: [{ call: 'TANH(0)', gives: 0 }],
});

/** The factors are those of Java: one multiplication by a rounded constant. */
export const degrees = doubleFunction({
  name: 'DEGREES',
  doc: 'Converts an angle from radians to degrees.',
  valueDoc: RADIANS,
  evaluate: (x) => x * 57.29577951308232,
  examples: [{ call: 'ROUND(DEGREES(2), 9)', gives: 114.591559026 }],
});

export const radians = doubleFunction({
  name: 'RADIANS',
  doc: 'Converts an angle from degrees to radians.',
  valueDoc: 'The angle in degrees.',
  evaluate: (x) => x * 0.017453292519943295,
  examples: [{ call: 'RADIANS(180)', gives: 3.141592653589793 }],
});

export const pi = scalarFunction({
  name: 'PI',
  category: 'MATHEMATICAL',
  doc: 'Returns the DOUBLE nearest to pi.',
  signatures: [{ params: [], returns: DOUBLE, evaluate: () => Math.PI }],
  examples: [{ call: 'PI()', gives: 3.141592653589793 }],
});
