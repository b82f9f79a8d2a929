// After `npm ci` in a clone: builds dist, so that `npm start` starts fast. A package that was installed from the registry has dist already.
// `npm pack` and `npm publish` run this as well, after `prepack` has built the whole of dist: it would write the modules of
// the server anew, the one among them that holds the Kafka client.
import { existsSync } from 'node:fs';

const isPacked = process.env.npm_command === 'pack' || process.env.npm_command === 'publish';
if (!isPacked && existsSync('src/main.ts') && existsSync('node_modules/typescript')) {
  const { build } = await import('./clone.mjs');
  build();
}
