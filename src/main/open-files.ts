import { readFileSync } from 'node:fs';

/**
 * How many files and connections this process may have open at once; undefined when the system does not report it
 * (Linux does). Node has already raised the soft limit to the hard one.
 */
export function openFilesMax(): number | undefined {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}

/** The sentence for an error of a process that may open no more files; undefined for other errors. */
export function noFilesLeft(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  if (code === 'ENFILE') return 'The system may open no more files (ENFILE): raise fs.file-max, or end other programs.';
  if (code !== 'EMFILE') return undefined;
  return (
    'This process may open no more files (EMFILE): raise its limit, of which a server needs 1,024 and a few for each ' +
    'connection: ulimit -n in a shell, LimitNOFILE in a unit of systemd, --ulimit nofile for a container.'
  );
}

/**
 * The maximum number of connections of a listener: clients must leave half of the permitted descriptors to files,
 * connectors and other listeners, which otherwise could not be opened any more.
 */
export function connectionsWithin(asked: number, openFiles: number | undefined): number {
  return openFiles === undefined ? asked : Math.min(asked, Math.floor(openFiles / 2));
}
