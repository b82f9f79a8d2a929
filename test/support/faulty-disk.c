/*
 * Loaded before libc (LD_PRELOAD): injects faults of disk and system into LMDB that a test cannot cause otherwise.
 * While the file named by SLUICE_FAULT exists, its content determines what fails for a file called data.mdb:
 *   meta  writes of the first two pages, which contain the location of the tree's root: EIO
 *   map   mapping it: ENOMEM
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static int fault_is(const char *kind) {
  const char *name = getenv("SLUICE_FAULT");
  char text[16] = {0};
  FILE *file = name ? fopen(name, "r") : NULL;
  if (!file) return 0;
  int found = fgets(text, sizeof text, file) && strncmp(text, kind, strlen(kind)) == 0;
  fclose(file);
  return found;
}

static int is_data(int fd) {
  char link[64], target[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 9) return 0;
  target[length] = 0;
  return strcmp(target + length - 9, "/data.mdb") == 0;
}

static int meta_fails(int fd, off_t offset) {
  if (offset < 0 || offset >= 2 * 4096 || !is_data(fd) || !fault_is("meta")) return 0;
  errno = EIO;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
  return meta_fails(fd, offset) ? -1 : REAL(pwrite)(fd, bytes, count, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  return meta_fails(fd, offset) ? -1 : REAL(pwrite64)(fd, bytes, count, offset);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return meta_fails(fd, offset) ? -1 : REAL(pwritev)(fd, parts, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  return meta_fails(fd, offset) ? -1 : REAL(pwritev64)(fd, parts, count, offset);
}

static int map_fails(int fd) {
  if (fd < 0 || !is_data(fd) || !fault_is("map")) return 0;
  errno = ENOMEM;
  return 1;
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  return map_fails(fd) ? MAP_FAILED : REAL(mmap)(at, length, protection, flags, fd, offset);
}
void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
  return map_fails(fd) ? MAP_FAILED : REAL(mmap64)(at, length, protection, flags, fd, offset);
}
