import { expect, test } from 'vitest';
import { SluiceError } from '../base/errors.ts';
import { spanOf } from '../base/span.ts';
import { wrongError } from './expect-error.ts';

const SCRIPT = 'SELECT nope FROM s;';
const raised = {
  error: new SluiceError('STATEMENT', "Column 'NOPE' cannot be resolved.", { span: spanOf(SCRIPT, 7, 11) }),
  statement: SCRIPT,
};
const asExpected = { type: 'KsqlStatementException', message: 'NOPE', code: 'STATEMENT', covers: 'nope' };

test('an error is the expected one where class, message, code and position are', () => {
  expect(wrongError(raised, asExpected, SCRIPT)).toBeUndefined();
  expect(wrongError(raised, {}, SCRIPT)).toBeUndefined();
  expect(wrongError(raised, { type: 'KsqlException' }, SCRIPT)).toBeUndefined();
});

test.each([
  [{ type: 'ParseFailedException' }, 'expected a ParseFailedException, got statement'],
  [{ message: 'elsewhere' }, 'expected a message with "elsewhere"'],
  [{ code: 'SYNTAX' }, 'expected code SYNTAX, got STATEMENT'],
  [{ covers: 'SELECT' }, 'expected a position that covers "SELECT", got "nope"'],
])('%j is another error', (other, reason) => {
  expect(wrongError(raised, { ...asExpected, ...other }, SCRIPT)).toContain(reason);
});

test('an error without a position covers nothing', () => {
  const { error } = raised;
  const nowhere = { ...raised, error: new SluiceError(error.code, error.message) };
  expect(wrongError(nowhere, asExpected, SCRIPT)).toContain('got undefined');
});
