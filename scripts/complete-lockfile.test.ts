import { expect, test } from 'vitest';
import { missingPackages, readLockfile, TRUE_ENGINES, unhashedPackages } from './complete-lockfile.ts';

test('package-lock.json lists every optional package it names: npm ci takes it', () => {
  expect(Object.keys(missingPackages(readLockfile()))).toEqual([]);
});

test('the file has the engines that were found true', () => {
  const { packages } = readLockfile();
  for (const [folder, node] of Object.entries(TRUE_ENGINES))
    expect(packages[folder]).toMatchObject({ engines: { node } });
});

test('a missing platform is named with its system, processor and C library', () => {
  const lock = {
    packages: { 'node_modules/a': { dev: true, optionalDependencies: { '@a/linux-arm64-musl': '1.2.3' } } },
  };
  expect(missingPackages(lock)).toEqual({
    'node_modules/@a/linux-arm64-musl': {
      version: '1.2.3',
      cpu: ['arm64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
  });
});

test('every package has an integrity hash', () => {
  expect(unhashedPackages({ packages: readLockfile().packages })).toEqual([]);
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { integrity: 'sha512-x' },
      'node_modules/b': {},
      'node_modules/c': { link: true },
    },
  };
  expect(unhashedPackages(lock)).toEqual(['node_modules/b']);
});
