import { mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';

type BundleForNode = (input: Readonly<Record<string, string>>, folder: string) => Promise<void>;

const ROOT = path.resolve(import.meta.dirname, '../..');

/**
 * Bundles `share.ts` into a new folder and returns both. It starts in a fraction of the CPU time of files that tsx
 * compiles, and runs without tsx's names for functions, which cost 5 % of it.
 */
export async function bundleShare(): Promise<{ readonly file: string; readonly folder: string }> {
  // Inside node_modules, so that packages are found.
  const cache = path.join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'sluice-sim-'));
  // @ts-expect-error It is plain JavaScript: the package is built with it.
  const { bundleForNode } = (await import('../../scripts/node-bundle.mjs')) as { bundleForNode: BundleForNode };
  await bundleForNode({ share: path.join(import.meta.dirname, 'share.ts') }, folder);
  return { file: path.join(folder, 'share.js'), folder };
}
