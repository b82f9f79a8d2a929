import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sbom } from './sbom.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

test('each package that is installed or built in stands there, with its hash, and what it needs is there too', () => {
  const { components, dependencies, metadata } = sbom();
  const refs = new Set(components.map((component) => component['bom-ref']));
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<
      Record<string, { readonly version: string; readonly dev?: boolean; readonly link?: boolean }>
    >;
  };
  for (const [at, { version, dev, link }] of Object.entries(packages)) {
    if (at === '' || dev === true || link === true) continue;
    expect(refs).toContain(`pkg:npm/${at.replace(/^.*node_modules\//, '').replace('@', '%40')}@${version}`);
  }
  expect([...refs].some((ref) => ref.startsWith('pkg:npm/%40platformatic/kafka@'))).toBe(true);
  expect(refs.size).toBe(components.length);
  for (const { hashes } of components as unknown as readonly {
    readonly hashes: readonly { readonly content: string }[];
  }[])
    expect(hashes[0]!.content).toMatch(/^(?:[0-9a-f]{40}|[0-9a-f]{128})$/);
  for (const { ref, dependsOn } of dependencies) {
    expect(ref === metadata.component['bom-ref'] || refs.has(ref)).toBe(true);
    for (const needed of dependsOn) expect(refs).toContain(needed);
  }
  const lmdb = dependencies.find(({ ref }) => ref.startsWith('pkg:npm/lmdb@'))!;
  expect(lmdb.dependsOn.some((ref) => ref.startsWith('pkg:npm/msgpackr@'))).toBe(true);
});
