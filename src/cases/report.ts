import { must } from '../base/assert.ts';

/** The result of one test. */
export interface TestResult {
  readonly file: string;
  readonly name: string;
  readonly ms: number;
  /** Why it failed; undefined when it passed. */
  readonly failure: string | undefined;
  /** Why it was skipped. */
  readonly skipped?: string | undefined;
}

/** The formats of reports, by name. */
export const REPORTERS = { text: textReport, tap: tapReport, junit: junitReport } as const;
export type ReporterName = keyof typeof REPORTERS;

/** A report for people: one line per test, by file; failures include the difference. */
function textReport(results: readonly TestResult[]): string {
  const lines: string[] = [];
  let file: string | undefined;
  for (const result of results) {
    if (result.file !== file) lines.push(result.file);
    file = result.file;
    const sign = result.skipped !== undefined ? '-' : result.failure === undefined ? '✓' : '✗';
    const more = result.skipped !== undefined ? ` (${result.skipped})` : ` (${result.ms.toFixed(0)} ms)`;
    lines.push(`  ${sign} ${result.name}${more}`);
    if (result.failure !== undefined) lines.push(...indented(result.failure, '      '));
  }
  const { passed, failed, skipped } = counts(results);
  const ms = results.reduce((sum, r) => sum + r.ms, 0);
  lines.push(
    '',
    `${results.length} tests: ${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`} (${ms.toFixed(0)} ms)`,
    '',
  );
  return lines.join('\n');
}

/** Test Anything Protocol, version 13. */
function tapReport(results: readonly TestResult[]): string {
  const lines = ['TAP version 13', `1..${results.length}`];
  for (const [i, r] of results.entries()) {
    const ok = r.failure === undefined ? 'ok' : 'not ok';
    const title = `${r.file}: ${r.name}`.replaceAll('#', '\\#');
    lines.push(`${ok} ${i + 1} - ${title}${r.skipped === undefined ? '' : ` # SKIP ${r.skipped}`}`);
    if (r.failure !== undefined) lines.push('  ---', '  message: |', ...indented(r.failure, '    '), '  ...');
  }
  return `${lines.join('\n')}\n`;
}

/** The XML format of JUnit, which CI systems read. */
function junitReport(results: readonly TestResult[]): string {
  const files = [...new Set(results.map((r) => r.file))];
  const suites = files.map((file) => {
    const own = results.filter((r) => r.file === file);
    const { failed, skipped } = counts(own);
    const seconds = own.reduce((sum, r) => sum + r.ms, 0) / 1000;
    const cases = own.map((r) => {
      const head = `    <testcase classname=${attribute(file)} name=${attribute(r.name)} time="${(r.ms / 1000).toFixed(3)}"`;
      if (r.skipped !== undefined) return `${head}><skipped message=${attribute(r.skipped)}/></testcase>`;
      if (r.failure === undefined) return `${head}/>`;
      return `${head}>\n      <failure message=${attribute(must(r.failure.split('\n')[0], 'part of the text'))}>${escaped(r.failure)}</failure>\n    </testcase>`;
    });
    return [
      `  <testsuite name=${attribute(file)} tests="${own.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds.toFixed(3)}">`,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  const { failed } = counts(results);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${results.length}" failures="${failed}">\n${suites.join('\n')}\n</testsuites>\n`;
}

function counts(results: readonly TestResult[]): {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
} {
  const skipped = results.filter((r) => r.skipped !== undefined).length;
  const failed = results.filter((r) => r.failure !== undefined).length;
  return { passed: results.length - failed - skipped, failed, skipped };
}

function indented(text: string, by: string): string[] {
  return text.split('\n').map((line) => `${by}${line}`);
}

function attribute(text: string): string {
  return `"${escaped(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;')}"`;
}

/** XML cannot contain control characters, even escaped. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
