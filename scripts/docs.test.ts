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

/** Everything in back-quotes outside of code blocks, with its document. */
function* quoted(): Generator<{ readonly document: string; readonly text: string }> {
  for (const file of documents) {
    const document = path.relative(root, file);
    // Generated pages and the history name what others call theirs, or what once existed.
    if (/^(?:CHANGELOG\.md|docs\/(?:reference|decisions)\/)/.test(document)) continue;
    const prose = readFileSync(file, 'utf8').replaceAll(/```[\s\S]*?```/g, '');
    for (const [, text] of prose.matchAll(/`([^`\n]+)`/g)) yield { document, text: text! };
  }
}

/** The files of the repository: those of these folders, and those beside them. */
const files = ['src', 'test', 'bench', 'scripts', 'docs', 'console', '.ci']
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))),
  )
  .concat(
    readdirSync(root, { withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => e.name),
  );
const places = new Set(files.flatMap((file) => [file, ...foldersOf(file)]));

function foldersOf(file: string): string[] {
  const folder = path.dirname(file);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

test('files and folders that documents of the code name exist', () => {
  let named = 0;
  const missing: string[] = [];
  for (const { document, text } of quoted()) {
    const isPath =
      /^[\w.@/-]+\.(?:ts|tsx|mjs|md|json|sh|css|proto)$/.test(text) || /^[a-z][\w.-]*\/[\w./-]+$/.test(text);
    // Built files, names of packages, parts of names, and files that only exist in a data folder.
    if (!isPath || /^(?:dist|node_modules|sluice)\/|^-|^NAME|^VERSION\.json$/.test(text)) continue;
    if (document.startsWith('docs/')) continue;
    named++;
    const name = text.replace(/\/$/, '');
    const own = path.dirname(document);
    // Relative to the document or a folder above it, to src, or somewhere below the document's folder or the one above.
    const above = own === '.' ? [own] : [own, ...foldersOf(own), '.'];
    const near = above.slice(0, own === '.' ? 1 : 2).map((folder) => (folder === '.' ? '' : `${folder}/`));
    const isThere =
      [...above, 'src', 'src/connect'].some((folder) => places.has(path.join(folder, name))) ||
      [...places].some((place) => near.some((start) => place.startsWith(start)) && place.endsWith(`/${name}`));
    if (!isThere) missing.push(`${document}: ${text}`);
  }
  expect(named).toBeGreaterThan(500);
  expect(missing).toEqual([]);
});

/** Names of other systems that no file of ours has. */
const NAMES_OF_OTHERS: readonly string[] = [
  'AbortIncompleteMultipartUpload',
  'HttpSinkV2',
  'KsqlDataSourceSchema_ADDRESS',
];

test('functions, classes and members that documents name exist', () => {
  const words = new Set<string>();
  for (const file of files.filter(
    (name) =>
      /\.(?:tsx?|mjs|js|json|proto|css)$/.test(name) &&
      !/^package-lock\.json$|^test\/(?:cases|data)\/|^scripts\/docs\.test\.ts$/.test(name),
  ))
    for (const [word] of readFileSync(path.join(root, file), 'utf8').matchAll(/[A-Za-z_]\w*/g)) words.add(word);
  let named = 0;
  const missing: string[] = [];
  for (const { document, text } of quoted()) {
    // camelCase, PascalCase of at least two words, and such a name with a member.
    if (!/^(?:[a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*)(?:\.[a-z]\w*)?(?:\(\))?$/.test(text)) continue;
    if (NAMES_OF_OTHERS.includes(text)) continue;
    named++;
    if (
      !text
        .replace('()', '')
        .split('.')
        .every((word) => words.has(word))
    )
      missing.push(`${document}: ${text}`);
  }
  expect(named).toBeGreaterThan(200);
  expect(missing).toEqual([]);
});

test('scripts that documents run with npm exist', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: object };
  let named = 0;
  for (const file of documents) {
    if (file.endsWith('CHANGELOG.md')) continue;
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/npm run (?:--silent )?([a-z]+(?:[:-][a-z]+)*)/g)) {
      named++;
      expect(scripts, `${path.relative(root, file)}: npm run ${name}`).toHaveProperty([name!]);
    }
  }
  expect(named).toBeGreaterThan(10);
});
