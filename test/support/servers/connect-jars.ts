import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './java.ts';
import { type Coordinates, jarsOf } from './jars.ts';
import { KAFKA_VERSION, LOGGING } from './kafka.ts';

/** A plug-in of Connect: its jars, and the manifests that `plugin.discovery=service_load` needs but the jars lack. */
export interface ConnectPlugin {
  readonly name: string;
  readonly jars: readonly Coordinates[];
  /** Service interface → implementing class. */
  readonly services?: Readonly<Record<string, string>>;
}

export const FILE_STREAM: ConnectPlugin = {
  name: `connect-file-${KAFKA_VERSION}`,
  jars: [{ jar: `org.apache.kafka:connect-file:${KAFKA_VERSION}` }],
};

export const DEBEZIUM_POSTGRES: ConnectPlugin = {
  name: 'debezium-postgres-3.6.3',
  jars: [{ jar: 'io.debezium:debezium-connector-postgres:3.6.3.Final' }],
};

export const DEBEZIUM_JDBC: ConnectPlugin = {
  name: 'debezium-jdbc-3.5.0',
  jars: [
    {
      jar: 'io.debezium:debezium-connector-jdbc:3.5.0.Final',
      // Drivers of other databases; without them, the plug-in is 20 MB smaller.
      exclude: [
        'com.oracle.database.jdbc:ojdbc11',
        'com.microsoft.sqlserver:mssql-jdbc',
        'com.mysql:mysql-connector-j',
        'org.mariadb.jdbc:mariadb-java-client',
      ],
    },
  ],
};

export const APICURIO_CONVERTER: ConnectPlugin = {
  name: 'apicurio-converter-2.6.13',
  jars: [{ jar: 'io.apicurio:apicurio-registry-utils-converter:2.6.13.Final' }],
  services: {
    'org.apache.kafka.connect.storage.Converter': 'io.apicurio.registry.utils.converter.AvroConverter',
  },
};

export const ALL_PLUGINS: readonly ConnectPlugin[] = [
  FILE_STREAM,
  DEBEZIUM_POSTGRES,
  DEBEZIUM_JDBC,
  APICURIO_CONVERTER,
];

/**
 * Jars that the worker already has: a second copy in a plug-in's folder would load its classes twice, and they would
 * not be identical.
 */
const OF_THE_WORKER =
  /^(connect-(api|runtime|json|transforms)|kafka-clients|slf4j-api|lz4-java|snappy-java|zstd-jni|jakarta\.ws\.rs-api|log4j-.*)-\d/;
/** Debezium's version of Jackson must be the worker's, otherwise Jackson's modules are of a different class. */
const JACKSON = /^jackson-(core|databind|annotations)-\d/;

/** The jars of the worker itself. */
export function workerJars(): Promise<string> {
  return jarsOf(`connect-${KAFKA_VERSION}`, [{ jar: `org.apache.kafka:connect-runtime:${KAFKA_VERSION}` }, ...LOGGING]);
}

/** Fills a folder for `plugin.path`: one folder per plug-in, without the jars that the worker has. */
export async function fillPluginPath(plugins: readonly ConnectPlugin[], into: string): Promise<void> {
  for (const plugin of plugins) {
    const jars = await jarsOf(plugin.name, plugin.jars);
    const folder = join(into, plugin.name);
    mkdirSync(folder, { recursive: true });
    for (const jar of readdirSync(jars)) {
      if (OF_THE_WORKER.test(jar) || (plugin.name.startsWith('debezium') && JACKSON.test(jar))) continue;
      symlinkSync(join(jars, jar), join(folder, jar));
    }
    if (plugin.services !== undefined) writeManifest(folder, plugin.services);
  }
}

/** `plugin.discovery=service_load` finds only the classes that a manifest in a jar names. */
function writeManifest(folder: string, services: Readonly<Record<string, string>>): void {
  const root = temporaryFolder('manifest');
  const inside = join(root.path, 'META-INF', 'services');
  mkdirSync(inside, { recursive: true });
  for (const [service, implementation] of Object.entries(services))
    writeFileSync(join(inside, service), `${implementation}\n`);
  const made = spawnSync('jar', ['cf', join(folder, 'manifest.jar'), '-C', root.path, 'META-INF'], {
    encoding: 'utf8',
  });
  root.remove();
  if (made.status !== 0) throw new Error(`jar: ${made.error?.message ?? made.stderr}`);
}
