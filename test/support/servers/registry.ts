import { join } from 'node:path';
import { startJava, temporaryFolder } from './java.ts';
import { archiveOf } from './jars.ts';
import { freePort } from '../free-port.ts';

export interface RegistryServer {
  /** Base URL of Confluent's API. */
  readonly url: string;
  /** Base URL of Apicurio's own API, which its converters need. */
  readonly apicurioUrl: string;
  stop(): Promise<void>;
}

/** Starts an Apicurio registry that stores its data in memory. */
export async function startRegistry(): Promise<RegistryServer> {
  const archive = await archiveOf('apicurio-2.6.13', 'io.apicurio:apicurio-registry-app:2.6.13.Final:tar.gz:all');
  const folder = temporaryFolder('registry');
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const running = await startJava({
    classpath: [join(archive, 'apicurio-registry-app-2.6.13.Final-runner.jar')],
    main: 'io.quarkus.runner.GeneratedMain',
    cwd: archive,
    jvm: ['-Xmx256m'],
    env: { QUARKUS_HTTP_PORT: String(port), QUARKUS_HTTP_HOST: 'localhost' },
    log: join(folder.path, 'registry.log'),
    readyWithinMs: 180_000,
    isReady: async () =>
      await fetch(`${base}/apis/ccompat/v7/subjects`).then(
        (response) => response.status === 200,
        () => false,
      ),
  });
  return {
    url: `${base}/apis/ccompat/v7`,
    apicurioUrl: `${base}/apis/registry/v2`,
    stop: async () => {
      await running.stop();
      folder.remove();
    },
  };
}
