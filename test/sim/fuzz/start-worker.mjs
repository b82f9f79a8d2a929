// A thread of Node 20 does not inherit tsx's loader.
import { register } from 'tsx/esm/api';
register();
await import('./worker.ts');
