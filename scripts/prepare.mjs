// Runs after `npm ci` in a clone: builds dist, so that `npm start` is fast. A package from the registry already
// contains dist. `npm pack` and `npm publish` also run this, after `prepack` has built all of dist. It then does
// nothing, because a build would overwrite the server's modules, including the one that contains the Kafka client.
import { existsSync } from 'node:fs';

const isPacked = process.env.npm_command === 'pack' || process.env.npm_command === 'publish';
if (!isPacked && existsSync('src/main.ts') && existsSync('node_modules/typescript')) {
  const { build } = await import('./clone.mjs');
  build();
}
