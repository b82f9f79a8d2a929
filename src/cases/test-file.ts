import type { Case } from './case-file.ts';

/** One test of a file of test statements. */
export interface ScriptTest {
  readonly testCase: Case;
  /** The line on which its statements begin, from 1. */
  readonly firstLine: number;
}

const MARK = /^\s*--\s*@(test|expected\.error|expected\.message)\s*:\s*(.*?)\s*$/;

/**
 * The tests of a file in the form of ksqlDB's test runner: `--@test: name` begins a test, `--@expected.error: class`
 * and `--@expected.message: text` declare that it must fail. Statements before the first test belong to every test; a
 * file without such directives is one test, named after the file.
 */
export function parseTests(text: string, file: string): ScriptTest[] {
  const tests: { name: string; line: number; error?: string; message?: string; lines: string[] }[] = [];
  const common: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const [, mark, value] = MARK.exec(line) ?? [];
    const current = tests.at(-1);
    if (mark === 'test') tests.push({ name: value!, line: i + 2, lines: [] });
    else if (current === undefined) common.push(line);
    else {
      if (mark === 'expected.error') current.error = value!;
      if (mark === 'expected.message') current.message = value!;
      current.lines.push(line);
    }
  }
  if (tests.length === 0) tests.push({ name: file, line: 1, lines: common.splice(0) });
  return tests.map(({ name, line, error, message, lines }) => {
    const expectsError = error !== undefined || message !== undefined;
    return {
      firstLine: line - common.length,
      testCase: {
        suite: 'sql',
        file,
        id: `${file}/${name}`,
        name,
        kind: expectsError ? 'negative' : 'positive',
        category: 'core',
        enabled: true,
        features: [],
        properties: {},
        topics: [],
        statements: [[...common, ...lines].join('\n')],
        inputs: [],
        outputs: [],
        expectedException: undefined,
        expectedError: expectsError
          ? {
              // A message without a class matches any class of error.
              ...(error === undefined ? {} : { type: error }),
              ...(message === undefined ? {} : { message }),
            }
          : undefined,
        post: undefined,
        responses: [],
        scripts: {},
        mustFailWith: undefined,
        inputConditions: { waitForActivePushQuery: false },
        testPullWithProtoFormat: false,
      },
    };
  });
}
