// After `npm ci` in a clone: builds dist, so that `npm start` starts fast. A package that was installed from the registry has dist already.
import { existsSync } from 'node:fs';

if (existsSync('src/main.ts') && existsSync('node_modules/typescript')) {
  const { build } = await import('./clone.mjs');
  build();
}
