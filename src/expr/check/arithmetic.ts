import { MAX_DIGITS } from '../../sql/limits.ts';
import { assertNever } from '../../base/assert.ts';
import { addResultType, divResultType, modResultType, mulResultType } from '../../types/decimal.ts';
import { decimalOf, isNumeric, widerNumeric } from '../../types/coerce.ts';
import { formatType, STRING, type DecimalType, type SqlType } from '../../types/sql-type.ts';
import type { ArithmeticOp, TypedExpr } from '../typed.ts';
import { typeError } from './errors.ts';
import { castTo, isUntypedNull } from './literals.ts';

/**
 * Types `left op right`; `text` returns the whole expression as SQL. @throws SluiceError STATEMENT with ksqlDB's
 * messages
 */
export function typeArithmetic(op: ArithmeticOp, left: TypedExpr, right: TypedExpr, text: () => string): TypedExpr {
  if (isUntypedNull(left) || isUntypedNull(right)) {
    const name = (e: TypedExpr): string => (isUntypedNull(e) ? 'null' : formatType(e.type));
    throw typeError(
      `Error processing expression: ${text()}. Arithmetic on types ${name(left)} and ${name(right)} are not supported.`,
    );
  }
  const a = left.type;
  const b = right.type;
  if (op === '+' && a.kind === 'STRING' && b.kind === 'STRING')
    return { kind: 'arithmetic', op, left, right, type: STRING };
  if (!isNumeric(a) || !isNumeric(b)) {
    throw typeError(`Error processing expression: ${text()}. Unsupported arithmetic types. ${a.kind} ${b.kind}`, {
      hint: arithmeticAdvice(a, b),
    });
  }
  const wider = widerNumeric(a, b);
  if (wider.kind !== 'DECIMAL') {
    return { kind: 'arithmetic', op, left: castTo(left, wider), right: castTo(right, wider), type: wider };
  }
  const leftType = decimalOf(a)!;
  const rightType = decimalOf(b)!;
  const type = resultType(op, leftType, rightType);
  if (type.precision > MAX_DIGITS) {
    throw typeError(
      `Error processing expression: ${text()}. Its result would be ${formatType(type)}, of more than ${MAX_DIGITS} digits.`,
      { hint: 'CAST(... AS DECIMAL(38, 10)) of an operand makes the result shorter.' },
    );
  }
  return { kind: 'arithmetic', op, left: castTo(left, leftType), right: castTo(right, rightType), type };
}

function resultType(op: ArithmeticOp, a: DecimalType, b: DecimalType): DecimalType {
  switch (op) {
    case '+':
    case '-':
      return addResultType(a, b);
    case '*':
      return mulResultType(a, b);
    case '/':
      return divResultType(a, b);
    case '%':
      return modResultType(a, b);
    default:
      return assertNever(op);
  }
}

/** How to make arithmetic on two incompatible operands possible. */
function arithmeticAdvice(a: SqlType, b: SqlType): string | undefined {
  const kinds = [a.kind, b.kind];
  if (kinds.includes('STRING'))
    return 'A text is made a number by CAST(column AS DOUBLE); || joins texts, a number by CAST(column AS STRING).';
  if (kinds.some((k) => k === 'TIMESTAMP' || k === 'DATE' || k === 'TIME'))
    return 'Times are reckoned with by TIMESTAMPADD(HOURS, 1, column), DATEADD and TIMEADD; UNIX_TIMESTAMP(column) is a time in ms.';
  return undefined;
}
