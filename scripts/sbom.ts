/**
 * The software bill of materials of the package in CycloneDX (JSON, 1.6; https://cyclonedx.org/docs/1.6/json/), derived
 * from the lockfile: `npm run build` writes dist/sbom.cdx.json. The same lockfile yields the same bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUNDLED, closureOf, type Locked } from './dependencies.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

interface Component {
  readonly 'bom-ref': string;
  readonly [field: string]: unknown;
}

export interface Sbom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly [field: string]: unknown;
}

/** @throws Error for a package without an integrity hash */
export function sbom(): Sbom {
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
  const own = read('package.json') as {
    readonly name: string;
    readonly version: string;
    readonly license: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const { packages } = read('package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> };
  const bundled = Object.keys(BUNDLED).flatMap((name) => [...closureOf(name, packages)]);
  const shipped = new Set([
    ...Object.entries(packages).flatMap(([at, p]) => (at !== '' && p.dev !== true && p.link !== true ? [at] : [])),
    ...bundled,
  ]);
  const places = [...shipped].toSorted();
  const refOf = (at: string): string => purl(nameOf(at), packages[at]!.version);
  const component = (at: string): Component => {
    const { version, license, integrity } = packages[at]!;
    const name = nameOf(at);
    if (integrity === undefined) throw new Error(`package-lock.json has no hash of ${name}`);
    const [algorithm, hash] = integrity.split('-', 2) as [string, string];
    return {
      type: 'library',
      'bom-ref': refOf(at),
      name,
      version,
      purl: refOf(at),
      hashes: [{ alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(hash, 'base64').toString('hex') }],
      ...(license !== undefined && { licenses: [{ expression: license }] }),
    };
  };
  const direct = [...Object.keys(own.dependencies), ...Object.keys(BUNDLED)].map((name) => `node_modules/${name}`);
  const main = purl(own.name, own.version);
  // One package may be installed in several places.
  const components = new Map(places.map((at) => [refOf(at), component(at)]));
  const needs = new Map<string, Set<string>>([[main, new Set(direct.map(refOf))]]);
  for (const at of places) {
    const wanted = Object.keys(packages[at]!.dependencies ?? {});
    const needed = needs.get(refOf(at)) ?? new Set();
    for (const name of wanted) {
      const found = closureOf(name, packages, at).values().next().value;
      if (found !== undefined && shipped.has(found)) needed.add(refOf(found));
    }
    needs.set(refOf(at), needed);
  }
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': main,
        name: own.name,
        version: own.version,
        purl: main,
        licenses: [{ expression: own.license }],
      },
    },
    components: [...components.values()],
    dependencies: [...needs].map(([ref, dependsOn]) => ({ ref, dependsOn: [...dependsOn].toSorted() })),
  };
}

const nameOf = (at: string): string => at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** https://github.com/package-url/purl-spec: the `@` of a scope is encoded. */
const purl = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(path.join(ROOT, 'dist/sbom.cdx.json'), `${JSON.stringify(sbom(), undefined, 1)}\n`);
