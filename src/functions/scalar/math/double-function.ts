import { BIGINT, DOUBLE, INTEGER } from '../../../types/sql-type.ts';
import type { FunctionExample, ScalarFunction } from '../../api.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

/** A function of one number that is computed with doubles, with overloads for INT, BIGINT and DOUBLE. */
export function doubleFunction(options: {
  readonly name: string;
  readonly synonyms?: readonly string[];
  readonly doc: string;
  readonly valueDoc: string;
  readonly evaluate: (x: number) => number;
  readonly examples: readonly FunctionExample[];
}): ScalarFunction {
  const { evaluate } = options;
  return scalarFunction({
    name: options.name,
    ...(options.synonyms === undefined ? {} : { synonyms: options.synonyms }),
    category: 'MATHEMATICAL',
    doc: options.doc,
    signatures: [
      { params: [param('value', INTEGER, options.valueDoc)], returns: DOUBLE, evaluate },
      {
        params: [param('value', BIGINT, options.valueDoc)],
        returns: DOUBLE,
        evaluate: (x: number | bigint) => evaluate(Number(x)),
      },
      { params: [param('value', DOUBLE, options.valueDoc)], returns: DOUBLE, evaluate },
    ],
    examples: options.examples,
  });
}

/** A function of two numbers that is computed with doubles. */
export function doubleFunction2(options: {
  readonly name: string;
  readonly doc: string;
  readonly first: readonly [name: string, doc: string];
  readonly second: readonly [name: string, doc: string];
  readonly evaluate: (a: number, b: number) => number;
  readonly examples: readonly FunctionExample[];
}): ScalarFunction {
  const { evaluate } = options;
  return scalarFunction({
    name: options.name,
    category: 'MATHEMATICAL',
    doc: options.doc,
    signatures: [INTEGER, BIGINT, DOUBLE].map((type) => ({
      params: [param(options.first[0], type, options.first[1]), param(options.second[0], type, options.second[1])],
      returns: DOUBLE,
      evaluate:
        type.kind === 'BIGINT' ? (a: number | bigint, b: number | bigint) => evaluate(Number(a), Number(b)) : evaluate,
    })),
    examples: options.examples,
  });
}
