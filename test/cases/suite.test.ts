import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Case } from '../../src/cases/case-file.ts';
import { loadCases } from './load.ts';
import { runQtt } from '../../src/cases/run-qtt.ts';
import { runRestCases } from './run-rest.ts';
import { runSql } from '../../src/cases/run-sql.ts';
import { unmetCases } from './unmet.ts';
import type { CreateWorld } from '../../src/cases/world.ts';
import { ownWorld, suiteWorld } from './world.ts';

const SHARED = path.resolve(import.meta.dirname, '../../../shared/suite');

const run = (testCase: Case, createWorld: CreateWorld): Promise<string | undefined> =>
  testCase.suite === 'sql' ? runSql(testCase, createWorld) : runQtt(testCase, createWorld);

describe('cases of our own', () => {
  const own = loadCases(path.join(import.meta.dirname, 'own'));
  for (const testCase of own.filter((c) => c.suite !== 'rest')) {
    test(testCase.id, async () => {
      expect(await run(testCase, ownWorld)).toBeUndefined();
    });
  }
  test('those over REST', { timeout: 60_000 }, async () => {
    const results = await runRestCases(
      own.filter((c) => c.suite === 'rest'),
      'by-kind',
    );
    expect(results.filter((r) => r.verdict !== undefined).map((r) => `${r.testCase.id}: ${r.verdict}`)).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  });
});

// The complete shared suite runs in `npm run suite`. As a quick check, every twentieth case that is known to pass runs
// here.
if (existsSync(SHARED)) {
  const passing = new Set(readFileSync(path.join(import.meta.dirname, 'passing.txt'), 'utf8').split('\n'));
  const sample = loadCases(SHARED).filter(
    (c, i) => c.suite !== 'rest' && i % 20 === 0 && passing.has(`${c.suite}/${c.id}`),
  );
  test('a case that is called contradictory fails, and what it contradicts passes', () => {
    const all = new Set(loadCases(SHARED).map((c) => `${c.suite}/${c.id}`));
    for (const { id, contradicts } of unmetCases()) {
      expect(all, id).toContain(id);
      expect(passing, id).not.toContain(id);
      for (const other of contradicts.filter((c) => c.includes('/'))) expect(passing, other).toContain(other);
    }
  });
  test(`${sample.length} cases of the shared suite`, { timeout: 60_000 }, async () => {
    const failed: string[] = [];
    for (const testCase of sample) {
      const verdict = await run(testCase, suiteWorld);
      if (verdict !== undefined) failed.push(`${testCase.id}: ${verdict}`);
    }
    expect(failed).toEqual([]);
  });
} else {
  console.log('../shared/suite is not here: only the cases of our own were run');
}
