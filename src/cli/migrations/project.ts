import { createHash } from 'node:crypto';
import { must } from '../../base/assert.ts';

/** The location of migrations, and of their metadata on the server: ksqlDB's ksql-migrations.properties. */
export interface MigrationsConfig {
  readonly serverUrl: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly folder: string;
  readonly stream: string;
  readonly table: string;
  readonly streamTopic: string | undefined;
  readonly tableTopic: string | undefined;
  readonly replicas: number;
  /** Kafka's `ssl.*`, which ksqlDB's tool reads from this file as well. */
  readonly ssl: Readonly<Record<string, string>>;
}

/** A file of the folder, such as `V000002__add_users.sql`. */
export interface MigrationFile {
  readonly version: number;
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** The files that migrations may access. Paths are as the user wrote them, or joined with `/`. */
export interface ProjectFiles {
  /** Rejects when the file cannot be read. */
  read(path: string): Promise<string>;
  /** Creates a file; rejects when it exists. */
  create(path: string, text: string): Promise<void>;
  /** Creates a folder; rejects when it exists. */
  makeFolder(path: string): Promise<void>;
  /** The names in a folder; rejects when it does not exist. */
  list(path: string): Promise<readonly string[]>;
}

/** A file name in ksqlDB's layout. */
const FILE = /^V(\d{6})__(.+)\.sql$/;

export function isMigrationFile(name: string): boolean {
  return FILE.test(name);
}

export const CONFIG_FILE = 'ksql-migrations.properties';
const FOLDER = 'migrations';

/** @throws Error when a required property is missing */
export function readConfig(properties: Readonly<Record<string, string>>, folderOfFile: string): MigrationsConfig {
  const serverUrl = properties['ksql.server.url'];
  if (serverUrl === undefined) throw new Error(`${CONFIG_FILE} does not say ksql.server.url`);
  return {
    serverUrl,
    user: properties['ksql.auth.basic.username'],
    password: properties['ksql.auth.basic.password'],
    folder: properties['ksql.migrations.dir.override'] ?? `${folderOfFile}/${FOLDER}`,
    stream: properties['ksql.migrations.stream.name'] ?? 'MIGRATION_EVENTS',
    table: properties['ksql.migrations.table.name'] ?? 'MIGRATION_SCHEMA_VERSIONS',
    streamTopic: properties['ksql.migrations.stream.topic.name'],
    tableTopic: properties['ksql.migrations.table.topic.name'],
    replicas: Number(properties['ksql.migrations.topic.replicas'] ?? '1'),
    ssl: Object.fromEntries(Object.entries(properties).filter(([key]) => key.startsWith('ssl.'))),
  };
}

/** Creates the folders and the settings file of a new project. */
export async function newProject(files: ProjectFiles, folder: string, serverUrl: string): Promise<void> {
  await files.makeFolder(`${folder}/${FOLDER}`);
  await files.create(
    `${folder}/${CONFIG_FILE}`,
    `# The server that the migrations of this project are applied to
ksql.server.url=${serverUrl}

# Names of what a server keeps about them
#ksql.migrations.stream.name=MIGRATION_EVENTS
#ksql.migrations.table.name=MIGRATION_SCHEMA_VERSIONS
#ksql.migrations.stream.topic.name=<service id>ksql_<stream name>
#ksql.migrations.table.topic.name=<service id>ksql_<table name>
#ksql.migrations.topic.replicas=1

# Where the files are
#ksql.migrations.dir.override=${FOLDER}

# Authentication
#ksql.auth.basic.username=
#ksql.auth.basic.password=
`,
  );
}

/** The migrations of a folder, ordered by version. @throws Error when two have the same version */
export async function readMigrations(files: ProjectFiles, folder: string): Promise<MigrationFile[]> {
  const found: MigrationFile[] = [];
  for (const name of await files.list(folder)) {
    const match = FILE.exec(name);
    if (match === null) continue;
    const file = `${folder}/${name}`;
    found.push({
      version: Number(match[1]),
      name: must(match[2], 'group 2 of the match').replaceAll('_', ' '),
      file,
      text: await files.read(file),
    });
  }
  found.sort((a, b) => a.version - b.version);
  for (const [i, m] of found.entries()) {
    if (m.version === 0) throw new Error(`${m.file}: versions begin with 1`);
    if (found[i - 1]?.version === m.version)
      throw new Error(`${found[i - 1]!.file} and ${m.file} have the same version`);
  }
  return found;
}

/** Creates an empty file for the next version, or for a given one. @returns its path */
export async function createMigration(
  files: ProjectFiles,
  folder: string,
  description: string,
  version?: number,
): Promise<string> {
  const known = await readMigrations(files, folder);
  const next = version ?? (known.at(-1)?.version ?? 0) + 1;
  if (!Number.isInteger(next) || next < 1 || next > 999_999)
    throw new Error(`A version is a number from 1 to 999999; not ${next}`);
  const taken = known.find((m) => m.version === next);
  if (taken !== undefined) throw new Error(`${taken.file} has version ${next}`);
  const words = description.trim().replaceAll(/\s+/g, '_');
  if (!/^[\w.-]+$/.test(words)) throw new Error(`A description is of letters, digits and blanks; not ${description}`);
  const file = `${folder}/V${String(next).padStart(6, '0')}__${words}.sql`;
  await files.create(file, '');
  return file;
}

/** The checksum that shows whether a file was changed since it was applied: MD5, as in ksqlDB's tool. */
export function checksumOf(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
