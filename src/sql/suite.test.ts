import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSluiceError } from '../base/errors.ts';
import { parseStatement, parseStatements } from './parse.ts';
import { formatStatement } from './printer/statement.ts';
import { stripSpans } from './testing/strip-spans.ts';

/** The test cases of ksqlDB itself, if available (see npm run suite). */
const SUITE = join(import.meta.dirname, '../../../shared/suite');

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly statements: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly expectedException?: { readonly type: string; readonly message?: string };
}

function* cases(): Generator<{ folder: string; case: Case }> {
  for (const folder of ['qtt', 'rest', 'sql']) {
    for (const file of readdirSync(join(SUITE, folder))) {
      const { cases: all } = JSON.parse(readFileSync(join(SUITE, folder, file), 'utf8')) as { cases: Case[] };
      for (const one of all) yield { folder, case: one };
    }
  }
}

const present = existsSync(SUITE);
if (!present) console.log(`skipped: no acceptance suite at ${SUITE}`);

test.skipIf(!present)('every statement of a positive case parses, and reads back when printed', () => {
  let count = 0;
  for (const { folder, case: c } of cases()) {
    if (c.kind !== 'positive') continue;
    const script = [...c.statements, ...Object.values(c.scripts ?? {})].join('\n');
    for (const { statement } of parseStatements(script, { testStatements: folder === 'sql' })) {
      count++;
      const again = parseStatement(formatStatement(statement), { testStatements: true });
      expect(stripSpans(again), c.id).toEqual(stripSpans(statement));
    }
  }
  expect(count).toBeGreaterThan(3000);
});

/** Errors about property values, which the parser does not check. */
const NOT_OURS = /^Configuration /;

test.skipIf(!present)('what ksqlDB cannot parse is refused with its sentence', () => {
  let count = 0;
  for (const { case: c } of cases()) {
    const expected = c.expectedException;
    if (
      expected === undefined ||
      !expected.type.endsWith('.ParseFailedException') ||
      NOT_OURS.test(expected.message ?? '')
    )
      continue;
    count++;
    try {
      parseStatements(c.statements.join('\n'));
      expect.fail(`${c.id} was parsed`);
    } catch (error) {
      if (!isSluiceError(error)) throw error;
      expect(error.kind, c.id).toBe('parse');
      expect(`${error.message}\nStatement: ${error.statement}`, c.id).toContain(expected.message ?? '');
    }
  }
  expect(count).toBeGreaterThan(15);
});
