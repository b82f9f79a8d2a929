import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DATABASES } from '../../base/databases.ts';
import { findSecrets } from '../../base/secrets/find.ts';
import { CONNECTORS } from './registry.ts';

const folders = readdirSync(import.meta.dirname).filter(
  (name) => name !== 'database' && existsSync(path.join(import.meta.dirname, name, 'dialect.ts')),
);

test('every connector with a dialect is in the table of databases, by the name of its plugins', () => {
  expect(DATABASES.map(({ name }) => name).toSorted()).toEqual(folders.toSorted());
  const names = CONNECTORS.map(({ name }) => name);
  for (const { name } of DATABASES) expect(names).toEqual(expect.arrayContaining([`${name}-source`, `${name}-sink`]));
});

test.each(DATABASES.flatMap(({ schemes }) => schemes))(
  'a login behind %s: is a secret, also without slashes',
  (scheme) => {
    expect(findSecrets(`cannot open ${scheme}:me@host`, false)).toHaveLength(1);
  },
);
