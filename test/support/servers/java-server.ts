import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JavaOptions, type JavaProcess, startJava, temporaryFolder } from './java.ts';

const LOG4J = `status = error
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1} %m%n
`;

interface Launch extends Pick<JavaOptions, 'isReady' | 'readyWithinMs'> {
  /** Main class; its only argument is the settings file. */
  readonly main: string;
  /** The maximum heap size in the JVM's notation, such as 512m. */
  readonly heap: string;
}

/** A server of Kafka's distribution, with a temporary folder that contains its settings file. */
export abstract class JavaServer {
  readonly port: number;
  readonly jars: string;
  readonly settingsFile: string;
  readonly logFile: string;
  readonly folder: ReturnType<typeof temporaryFolder>;
  #process: JavaProcess | undefined;

  /** @param name of the folder and the log */
  constructor(name: string, port: number, jars: string) {
    this.port = port;
    this.jars = jars;
    this.folder = temporaryFolder(name);
    this.settingsFile = join(this.folder.path, `${name}.properties`);
    this.logFile = join(this.folder.path, `${name}.log`);
  }

  abstract start(): Promise<void>;

  configure(settings: Readonly<Record<string, string>>): void {
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(this.settingsFile, lines.join(''));
  }

  protected async launch({ main, heap, ...ready }: Launch): Promise<void> {
    const logging = join(this.folder.path, 'log4j2.properties');
    writeFileSync(logging, LOG4J);
    this.#process = await startJava({
      classpath: [this.jars],
      main,
      args: [this.settingsFile],
      jvm: [`-Xmx${heap}`, `-Dlog4j2.configurationFile=file:${logging}`],
      log: this.logFile,
      ...ready,
    });
  }

  /** Stops the server and keeps its folder, so that start() can resume. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** kill -9 */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Stops the server and removes its folder. */
  async remove(): Promise<void> {
    await this.#process?.stop();
    this.folder.remove();
  }
}

/** Prepares a new server and starts it; when that fails, stops it and removes its folder. */
export async function started<T extends JavaServer>(server: T, prepare: () => Promise<void>): Promise<T> {
  try {
    await prepare();
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}
