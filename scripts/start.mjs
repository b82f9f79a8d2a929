// npm start: runs the built server, after installing missing packages and building whatever is missing or older than
// its sources.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensurePackages } from './clone.mjs';

ensurePackages();
ensureBuilt();
await import(pathToFileURL(path.resolve(import.meta.dirname, '../dist/main.js')).href);
