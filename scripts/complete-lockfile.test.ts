import { expect, test } from 'vitest';
import { missingPackages, readLockfile } from './complete-lockfile.ts';

test('package-lock.json lists every optional package it names: npm ci takes it', () => {
  expect(Object.keys(missingPackages(readLockfile()))).toEqual([]);
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
