import { describe } from 'vitest';
import { javaIsHere } from './java.ts';

/** Like describe, for tests that need Java and Maven: skipped with a notice without them, but failing where CI=true. */
export function describeWithServers(name: string, body: () => void): void {
  if (javaIsHere()) {
    describe(name, body);
  } else if (process.env['CI'] === 'true') {
    describe(name, () => {
      throw new Error('Java 17 or later, javac and Maven are needed for integration tests');
    });
  } else {
    console.warn(`SKIPPED: ${name}: needs Java 17 or later, javac and Maven`);
    describe.skip(name, body);
  }
}
