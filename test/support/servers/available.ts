import { describe, type TestOptions } from 'vitest';
import { installedBrowser } from '../browser.ts';
import { mariadbIsHere } from '../mariadb.ts';
import { javaIsHere } from './java.ts';
import { mosquittoIsHere } from './mosquitto.ts';
import { redisIsHere } from './redis.ts';
import { s3IsHere } from './s3.ts';

/**
 * Like `describe`, for tests that need Java and Maven. Without these, tests are skipped with a notice, but fail if
 * CI=true.
 */
export function describeWithServers(name: string, body: () => void): void;
export function describeWithServers(name: string, options: TestOptions, body: () => void): void;
export function describeWithServers(name: string, options: TestOptions | (() => void), body?: () => void): void {
  const [chosen, tests] = typeof options === 'function' ? [{}, options] : [options, body!];
  describeWith(javaIsHere(), 'Java 17 or later, javac and Maven', name, tests, chosen);
}

/** The same for tests that need Chromium. */
export function describeWithBrowser(name: string, body: () => void): void {
  describeWith(installedBrowser() !== undefined, 'Chromium (apt-get install chromium)', name, body);
}

/** The same for tests that need MariaDB. */
export function describeWithMariaDb(name: string, body: () => void): void {
  describeWith(mariadbIsHere(), 'MariaDB (apt-get install mariadb-server-core mariadb-client-core)', name, body);
}

/** The same for tests that need an S3 server. */
export function describeWithS3(name: string, body: () => void): void {
  describeWith(s3IsHere(), 'gofakes3 (.ci/s3 builds it with Go)', name, body);
}

/** The same for tests that need Redis. */
export function describeWithRedis(name: string, body: () => void): void {
  describeWith(redisIsHere(), 'Redis (.ci/redis installs it)', name, body);
}

/** The same for tests that need Mosquitto. */
export function describeWithMosquitto(name: string, body: () => void): void {
  describeWith(mosquittoIsHere(), 'Mosquitto (.ci/mosquitto installs it)', name, body);
}

function describeWith(isHere: boolean, what: string, name: string, body: () => void, options: TestOptions = {}): void {
  if (isHere) {
    describe(name, options, body);
  } else if (process.env['CI'] === 'true') {
    describe(name, () => {
      throw new Error(`These tests need ${what}`);
    });
  } else {
    console.warn(`SKIPPED: ${name}: needs ${what}`);
    describe.skip(name, body);
  }
}
