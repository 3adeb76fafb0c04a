/*
 * A disk that refuses on request, for what no real file system does to order (EIO, EDQUOT, a file system that turns read-only
 * under open files). Loaded before a process's C library (LD_PRELOAD), it looks at one shared file, of which each line is a
 * rule, before it lets a call through:
 *
 *   <number of the error> <names of the calls, with commas> <how the path begins>
 *
 * `meta` is a write to the first two pages of an LMDB data file. Counts of what each rule has refused stand in the file's
 * second half, 8 bytes a rule. Reads are never refused.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define HALF 4096
#define META_END 8192

static volatile char *rules;

static int (*real_open)(const char *, int, ...);

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTY_DISK");
  real_open = dlsym(RTLD_NEXT, "open");
  if (path == NULL) return;
  int number = real_open(path, O_RDWR | O_CLOEXEC);
  if (number < 0) return;
  void *mapped = mmap(NULL, 2 * HALF, PROT_READ | PROT_WRITE, MAP_SHARED, number, 0);
  if (mapped != MAP_FAILED) rules = mapped;
  close(number);
}

static int names(const char *calls, size_t length, const char *call) {
  size_t wanted = strlen(call);
  for (const char *at = calls; at < calls + length;) {
    const char *comma = memchr(at, ',', (size_t)(calls + length - at));
    size_t own = (size_t)((comma == NULL ? calls + length : comma) - at);
    if (own == wanted && memcmp(at, call, own) == 0) return 1;
    at += own + 1;
  }
  return 0;
}

/* The number of the error with which this call is to fail; 0: it may go on. */
static int refusal(const char *call, const char *path) {
  char text[HALF];
  if (rules == NULL || path == NULL || path[0] != '/') return 0;
  for (size_t at = 0; at < HALF; at += 1) text[at] = rules[at];
  text[HALF - 1] = '\0';
  uint64_t *counts = (uint64_t *)(uintptr_t)(rules + HALF);
  char *next = NULL;
  int index = 0;
  for (char *line = strtok_r(text, "\n", &next); line != NULL; line = strtok_r(NULL, "\n", &next), index += 1) {
    char *calls = strchr(line, ' ');
    char *prefix = calls == NULL ? NULL : strchr(calls + 1, ' ');
    if (prefix == NULL) continue;
    if (!names(calls + 1, (size_t)(prefix - calls - 1), call)) continue;
    if (strncmp(path, prefix + 1, strlen(prefix + 1)) != 0) continue;
    __atomic_add_fetch(&counts[index], 1, __ATOMIC_SEQ_CST);
    return atoi(line);
  }
  return 0;
}

static const char *path_of(int number, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", number);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return NULL;
  path[length] = '\0';
  return path;
}

static const char *absolute(const char *path, char *whole) {
  if (path == NULL || path[0] == '/') return path;
  if (getcwd(whole, PATH_MAX) == NULL) return NULL;
  size_t length = strlen(whole);
  snprintf(whole + length, PATH_MAX - length, "/%s", path);
  return whole;
}

#define REFUSE(call, path, failed)            \
  do {                                        \
    int saved = errno;                        \
    int error = refusal(call, path);          \
    errno = saved;                            \
    if (error != 0) {                         \
      errno = error;                          \
      return failed;                          \
    }                                         \
  } while (0)

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int is_meta(const char *path, off64_t offset) {
  size_t length = path == NULL ? 0 : strlen(path);
  return offset >= 0 && offset < META_END && length >= 9 && strcmp(path + length - 9, "/data.mdb") == 0;
}

static int of_write(int number, off64_t offset) {
  char path[PATH_MAX];
  if (rules == NULL || rules[0] == '\0') return 0;
  int saved = errno;
  const char *found = path_of(number, path);
  int error = is_meta(found, offset) ? refusal("meta", found) : 0;
  if (error == 0) error = refusal("write", found);
  errno = saved;
  return error;
}

#define WRITING(number, offset)               \
  do {                                        \
    int error = of_write(number, offset);     \
    if (error != 0) {                         \
      errno = error;                          \
      return -1;                              \
    }                                         \
  } while (0)

ssize_t write(int number, const void *bytes, size_t length) {
  REAL(write);
  WRITING(number, -1);
  return real(number, bytes, length);
}

ssize_t writev(int number, const struct iovec *parts, int count) {
  REAL(writev);
  WRITING(number, -1);
  return real(number, parts, count);
}

ssize_t pwrite(int number, const void *bytes, size_t length, off_t offset) {
  REAL(pwrite);
  WRITING(number, offset);
  return real(number, bytes, length, offset);
}

ssize_t pwrite64(int number, const void *bytes, size_t length, off64_t offset) {
  REAL(pwrite64);
  WRITING(number, offset);
  return real(number, bytes, length, offset);
}

ssize_t pwritev(int number, const struct iovec *parts, int count, off_t offset) {
  REAL(pwritev);
  WRITING(number, offset);
  return real(number, parts, count, offset);
}

ssize_t pwritev64(int number, const struct iovec *parts, int count, off64_t offset) {
  REAL(pwritev64);
  WRITING(number, offset);
  return real(number, parts, count, offset);
}

static int of_number(const char *call, int number) {
  char path[PATH_MAX];
  if (rules == NULL || rules[0] == '\0') return 0;
  int saved = errno;
  int error = refusal(call, path_of(number, path));
  errno = saved;
  return error;
}

#define ON_NUMBER(call, number)               \
  do {                                        \
    int error = of_number(call, number);      \
    if (error != 0) {                         \
      errno = error;                          \
      return -1;                              \
    }                                         \
  } while (0)

int fsync(int number) {
  REAL(fsync);
  ON_NUMBER("sync", number);
  return real(number);
}

int fdatasync(int number) {
  REAL(fdatasync);
  ON_NUMBER("sync", number);
  return real(number);
}

int ftruncate(int number, off_t length) {
  REAL(ftruncate);
  ON_NUMBER("truncate", number);
  return real(number, length);
}

int ftruncate64(int number, off64_t length) {
  REAL(ftruncate64);
  ON_NUMBER("truncate", number);
  return real(number, length);
}

/* Of opens only those that write: a disk that takes nothing can be read. */
#define OPENING(path, flags)                                                         \
  do {                                                                               \
    char whole[PATH_MAX];                                                            \
    if (((flags) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0) {                  \
      const char *at = absolute(path, whole);                                        \
      if (((flags) & O_CREAT) != 0 && access(at, F_OK) != 0) REFUSE("create", at, -1); \
      REFUSE("open", at, -1);                                                        \
    }                                                                                \
  } while (0)

#define MODE(flags)                           \
  mode_t mode = 0;                            \
  if (((flags) & O_CREAT) != 0) {             \
    va_list rest;                             \
    va_start(rest, flags);                    \
    mode = va_arg(rest, mode_t);              \
    va_end(rest);                             \
  }

int open(const char *path, int flags, ...) {
  REAL(open);
  MODE(flags);
  OPENING(path, flags);
  return real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  REAL(open64);
  MODE(flags);
  OPENING(path, flags);
  return real(path, flags, mode);
}

int rename(const char *from, const char *to) {
  char whole[PATH_MAX];
  REAL(rename);
  REFUSE("rename", absolute(to, whole), -1);
  return real(from, to);
}

int link(const char *from, const char *to) {
  char whole[PATH_MAX];
  REAL(link);
  REFUSE("create", absolute(to, whole), -1);
  return real(from, to);
}

int mkdir(const char *path, mode_t mode) {
  char whole[PATH_MAX];
  REAL(mkdir);
  if (access(path, F_OK) != 0) REFUSE("create", absolute(path, whole), -1);
  return real(path, mode);
}

int unlink(const char *path) {
  char whole[PATH_MAX];
  REAL(unlink);
  if (access(path, F_OK) == 0) REFUSE("unlink", absolute(path, whole), -1);
  return real(path);
}

int chmod(const char *path, mode_t mode) {
  char whole[PATH_MAX];
  REAL(chmod);
  REFUSE("chmod", absolute(path, whole), -1);
  return real(path, mode);
}

int bind(int number, const struct sockaddr *address, socklen_t length) {
  char whole[PATH_MAX];
  REAL(bind);
  if (address->sa_family == AF_UNIX)
    REFUSE("create", absolute(((const struct sockaddr_un *)address)->sun_path, whole), -1);
  return real(number, address, length);
}
