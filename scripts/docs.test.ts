import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseStatements } from '../src/sql/parse.ts';

const root = path.resolve(import.meta.dirname, '..');
const documents = ['.', 'docs', 'bench', 'src', 'test']
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: folder !== '.', encoding: 'utf8' }).map((name) =>
      path.join(root, folder, name),
    ),
  )
  .filter((file) => file.endsWith('.md'));

test('links between documents lead somewhere', () => {
  const broken = documents.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(path.resolve(path.dirname(file), target)))
      .map((target) => `${path.relative(root, file)}: ${target}`),
  );
  expect(documents.length).toBeGreaterThan(30);
  expect(broken).toEqual([]);
});

test('SQL in the documentation is SQL', () => {
  let blocks = 0;
  for (const file of documents) {
    for (const [, sql] of readFileSync(file, 'utf8').matchAll(/```sql\n([\s\S]*?)```/g)) {
      blocks++;
      expect(
        () => parseStatements(sql!, { testStatements: true }),
        `${path.relative(root, file)}: ${sql}`,
      ).not.toThrow();
    }
  }
  expect(blocks).toBeGreaterThan(8);
});
