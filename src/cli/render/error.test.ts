import { expect, test } from 'vitest';
import { ClientError } from '../../client/client-error.ts';
import { renderError } from './error.ts';
import { styleFor } from './style.ts';

const plain = styleFor(false);

test('the place and the cure', () => {
  const error = new ClientError(400, {
    message: "SELECT column 'BB' cannot be resolved.",
    error_code: 40001,
    code: 'STATEMENT',
    line: 2,
    column: 7,
    hint: 'Did you mean B?',
  });
  expect(renderError(error, 'SELECT a,\n       bb\nFROM s;', plain)).toBe(
    "SELECT column 'BB' cannot be resolved.\n       bb\n       ^^\nHint: Did you mean B?",
  );
});

test('a setting without quotes is covered with its dots, a column of a query by its first name', () => {
  const at = (statement: string, place: string): string =>
    renderError(
      new ClientError(400, { message: 'no', code: 'STATEMENT', line: 1, column: statement.indexOf(place) }),
      statement,
      plain,
    )
      .split('\n')
      .at(-1)!
      .trim();
  expect(at("CREATE SOURCE CONNECTOR c WITH (plugin.name='x');", 'plugin.name')).toBe('^'.repeat('plugin.name'.length));
  expect(at('CREATE SINK CONNECTOR c WITH (tasks.max = 1);', 'tasks.max')).toBe('^'.repeat('tasks.max'.length));
  expect(at('SELECT * FROM s o WHERE o.id = 1;', 'o.id')).toBe('^');
});

test('the beginning of a statement says nothing, unless its first word is wrong', () => {
  const at = { message: 'no', line: 1, column: 0 };
  expect(renderError(new ClientError(400, { ...at, code: 'STATEMENT' }), 'CREATE x;', plain)).toBe('no');
  expect(renderError(new ClientError(400, { ...at, code: 'SYNTAX' }), 'CREAT x;', plain)).toBe('no\nCREAT x;\n^^^^^');
});

test('a place outside of the text is left out', () => {
  expect(renderError(new ClientError(400, { message: 'no', line: 9, column: 3, code: 'AST' }), 'x', plain)).toBe('no');
});

test('colours only where they are wanted', () => {
  expect(renderError(new Error('no'), '', styleFor(true))).toBe('\u001b[31mno\u001b[39m');
});

test('fits the terminal: message and hint are folded, the line of the statement is shown around its fault', () => {
  const statement = `SELECT ${'a, '.repeat(60)}bb FROM s;`;
  const error = new ClientError(400, {
    message: "SELECT column 'BB' cannot be resolved, nor is there any other column whose name is like it.",
    code: 'STATEMENT',
    line: 1,
    column: 187,
    hint: `The columns are ${'a, '.repeat(40)}b.`,
  });
  const lines = renderError(error, statement, plain, 80).split('\n');
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  const caret = lines.findIndex((line) => line.includes('^^'));
  expect(lines[caret - 1]!.slice(lines[caret]!.indexOf('^^')).startsWith('bb FROM')).toBe(true);
});
