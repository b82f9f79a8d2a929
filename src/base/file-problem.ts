import { messageOf } from './errors.ts';

const TEXTS: Readonly<Record<string, (file: string) => string>> = {
  ENOENT: (file) => `there is no file ${file}`,
  ENOTDIR: (file) => `${file} leads through a file that is no folder`,
  EISDIR: (file) => `${file} is a folder`,
  EEXIST: (file) => `${file} is a file`,
  EACCES: (file) => `${file} may not be entered by the user of this process`,
  EPERM: (file) => `${file} may not be entered by the user of this process`,
  EROFS: (file) => `${file} is in a file system that is read only`,
  ENOSPC: (file) => `no space is left where ${file} is`,
};

/** The system's error for a file, in words. `file` includes the folder in which it was looked for. */
export function fileProblem(error: unknown, file: string): string {
  return TEXTS[(error as { code?: string } | null)?.code ?? '']?.(file) ?? messageOf(error);
}
