/** States of a cached row: written since the last flush, flushed with the commit in progress, or equal to the disk. */
export const DIRTY = 2;
export const FLUSHED = 1;
export const CLEAN = 0;
