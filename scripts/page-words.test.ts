import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { pageSentences, sentencesOf } from './page-words.ts';

const PAGE = path.resolve(import.meta.dirname, '../console/src');

test('sentences are found between tags, in quotes and over several lines; code, labels and comments are none', () => {
  const source = `
    import { x } from 'A module of no interest here';
    /** This is a comment of a function. */
    // And so is this one, too
    const told = isOff ? 'Nothing flows yet: make something.' : \`Sent \${n} letters to them\`;
    return <p class="dim">It keeps none.</p> && (
      <p>
        There is more than is seen: scroll, or
        press Fit.
      </p>
    ) || <b title="Only what the chosen one comes from">All</b>;`;
  expect(sentencesOf(source).toSorted()).toEqual([
    'Nothing flows yet: make something.',
    'Only what the chosen one comes from',
    'Sent ${n} letters to them',
    'There is more than is seen: scroll, or press Fit.',
  ]);
});

test('no sentence of the page is written twice', () => {
  const sentences = pageSentences(PAGE);
  expect(sentences.length).toBeGreaterThan(40);
  expect(sentences.filter(({ files }) => files.length > 1)).toEqual([]);
});

test('times are written in one way: by ui/time.tsx', () => {
  const others = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter(
    (name) =>
      /\.tsx?$/.test(name) &&
      /toLocale(?:Time|Date)String|toLocaleString\(\)/.test(readFileSync(path.join(PAGE, name), 'utf8')),
  );
  expect(others).toEqual([]);
});
