/**
 * The reason for each package that is installed with the product, and the release date of its version. `npm run docs`
 * generates docs/dependencies.md from this, the packages and the lockfile.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');

interface Reason {
  readonly why: string;
  /** The release date of the version in package.json, according to the registry. */
  readonly released: string;
}

const REASONS: Readonly<Record<string, Reason>> = {
  '@js-joda/core': { why: 'dates and times with the rules of java.time', released: '2026-10-31' },
  '@js-joda/timezone': { why: 'time zones for them', released: '2026-07-12' },
  '@node-rs/crc32': { why: 'CRC32C of record batches', released: '2026-09-10' },
  '@toondepauw/node-zstd': { why: 'zstd in record batches; Node 20 has none', released: '2026-04-25' },
  aws4fetch: { why: 'signatures of requests to S3', released: '2024-12-11' },
  avsc: {
    why: 'Avro of the records in cases of `sluice test`, by another implementation than ours',
    released: '2025-08-10',
  },
  hyparquet: { why: 'reading Parquet', released: '2026-10-18' },
  'hyparquet-writer': { why: 'writing Parquet', released: '2026-10-20' },
  jose: { why: 'bearer tokens: signatures and claims of JWTs, key sets of issuers', released: '2026-11-18' },
  lmdb: { why: 'the store of the embedded log and of state (decision 2)', released: '2026-07-02' },
  'lossless-json': { why: 'JSON whose numbers keep their digits, in cases of `sluice test`', released: '2026-10-21' },
  'lz4-napi': { why: 'lz4 in record batches', released: '2026-08-16' },
  'node-forge': { why: 'PKCS #12 key stores', released: '2026-11-04' },
  pg: { why: 'the Postgres connectors', released: '2026-09-30' },
  pino: { why: 'the log', released: '2026-10-02' },
  'prom-client': { why: 'metrics in the form of Prometheus', released: '2024-12-09' },
  protobufjs: { why: 'reading .proto schemas', released: '2026-10-11' },
  snappy: { why: 'snappy in record batches', released: '2026-09-09' },
  ws: { why: 'WebSocket', released: '2026-11-12' },
};

/** Development packages that the build bundles into dist, with their dependencies (scripts/bundle.mjs). */
export const BUNDLED: Readonly<Record<string, Reason>> = {
  '@platformatic/kafka': { why: "Kafka's protocol (decision 10)", released: '2026-09-13' },
};

export interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const read = (file: string): unknown => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));

/** The page as text. @throws Error for a package without a reason, or a reason without its package */
export function dependenciesPage(
  table: (head: readonly string[], rows: readonly (readonly string[])[]) => string,
): string {
  const { dependencies, devDependencies } = read('package.json') as {
    dependencies: Readonly<Record<string, string>>;
    devDependencies: Readonly<Record<string, string>>;
  };
  const { packages } = read('package-lock.json') as { packages: Readonly<Record<string, Locked>> };
  const names = Object.keys(dependencies).toSorted();
  const unexplained = names.filter((name) => REASONS[name] === undefined);
  const gone = Object.keys(REASONS).filter((name) => dependencies[name] === undefined);
  if (unexplained.length + gone.length > 0)
    throw new Error(
      `scripts/dependencies.ts: no reason for ${unexplained.join(', ') || 'none'}; not used any more: ${gone.join(', ') || 'none'}`,
    );
  const shipped = Object.entries(packages).filter(([at, p]) => at !== '' && p.dev !== true && p.link !== true);
  const unhashed = shipped.filter(([, p]) => p.integrity === undefined).map(([at]) => at);
  const scripts = shipped.filter(([, p]) => p.hasInstallScript === true).map(([at]) => at.replace('node_modules/', ''));
  const rowOf = (name: string, version: string, { why, released }: Reason): readonly string[] => {
    const { license } = read(`node_modules/${name}/package.json`) as { license?: string };
    const brings = closureOf(name, packages).size - 1;
    return [`\`${name}\``, version, license ?? '?', released, sizeOf(name), String(brings), why];
  };
  const head = ['Package', 'Version', 'Licence', 'Released', 'Size', 'Brings', 'Why'];
  const rows = names.map((name) => rowOf(name, dependencies[name]!, REASONS[name]!));
  const bundled = Object.entries(BUNDLED).map(([name, reason]) => rowOf(name, devDependencies[name]!, reason));
  return (
    '# Dependencies\n\nThe packages that are installed with the product, each in a fixed version. Size is that of the package alone, unpacked; "brings" counts what it needs in turn ' +
    '(packages for one platform not counted).\n\n' +
    table(head, rows) +
    '\nInside of the product, in one file with the licences of all that it is made of beside it, since what the package brings asks for a newer Node than it uses:\n\n' +
    table(head, bundled) +
    `\n${shipped.length} packages stand in the lockfile for all platforms, ${unhashed.length === 0 ? 'each with its hash' : `without a hash: ${unhashed.join(', ')}`}. ` +
    `Install scripts: ${scripts.length === 0 ? 'none' : `${scripts.join(', ')} (they look for a ready-made binary in a package of the registry, and build one where there is none)`}. ` +
    '`dist/sbom.cdx.json` in the package lists all of them (CycloneDX), with their hashes.\n\n' +
    'A release (`scripts/release.mjs`, run by `.github/workflows/release.yml` for a tag) ends before anything is published where a package of the lockfile has no hash, where `npm audit --omit=dev` knows an advisory of any level, or where `npm audit signatures` does not find the registry’s signature; what is published carries signed provenance (`npm publish --provenance`).\n'
  );
}

/**
 * The package that `from` resolves by this name, and all its dependencies, as keys of the lockfile; the package itself
 * is first.
 */
export function closureOf(name: string, packages: Readonly<Record<string, Locked>>, from = ''): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (wanted: string, from: string): void => {
    // Like Node's resolution: in the folder of the importing package, then in the folders around it.
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const at = `${folder === '' ? '' : `${folder}/`}node_modules/${wanted}`;
      if (packages[at] !== undefined) {
        if (seen.has(at)) return;
        seen.add(at);
        for (const needed of Object.keys(packages[at].dependencies ?? {})) visit(needed, at);
        return;
      }
      if (folder === '') return;
    }
  };
  visit(name, from);
  return seen;
}

/** In tens of KB, because the same package may have a few more files in another installation. */
function sizeOf(name: string): string {
  const bytes = (folder: string): number =>
    readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
      const full = path.join(folder, entry.name);
      if (entry.name === 'node_modules') return sum;
      return sum + (entry.isDirectory() ? bytes(full) : statSync(full).size);
    }, 0);
  return `${Math.max(1, Math.round(bytes(path.join(ROOT, 'node_modules', name)) / 10_240)) * 10} KB`;
}
