// After `npm ci` in a clone: builds dist, so that `npm start` starts fast. A package that was installed from the registry has dist already.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

if (existsSync('src/main.ts') && existsSync('node_modules/typescript')) {
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
