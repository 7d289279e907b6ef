// Loaded into a process with LD_PRELOAD: writes down, in one order, everything that the process does to files below
// MAYFLY_DISK_FOLDER and every acknowledgement that it writes to standard output, into the file MAYFLY_DISK_LOG. The
// reader (disk-log.ts) works out from it what a disk may hold after a power cut at any point.
//
// A record: u8 kind, u8 0, u16 path bytes, u16 other path bytes, u64 offset, u64 data bytes; path; other path; data.
// Changes are written down after they happened, a sync when it begins and again when it ended, an acknowledgement before
// it is visible: each the order that forgives the least.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { CREATED = 1, WROTE, CUT, RENAMED, REMOVED, MADE_FOLDER, SYNC_BEGUN, SYNC_ENDED, ACKNOWLEDGED };

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static char folder[PATH_MAX];

#define REAL(type, name) \
  static __typeof__(type) real; \
  if (!real) real = (__typeof__(type))dlsym(RTLD_NEXT, name)

static ssize_t raw_write(int file, const void *data, size_t bytes) {
  REAL(ssize_t(*)(int, const void *, size_t), "write");
  return real(file, data, bytes);
}

static void put(const void *data, size_t bytes) {
  for (const char *at = data; bytes > 0;) {
    ssize_t done = raw_write(log_file, at, bytes);
    if (done <= 0) abort();
    at += done;
    bytes -= (size_t)done;
  }
}

static void note(enum kind kind, const char *path, const char *other, uint64_t offset, const struct iovec *parts,
                 int count, size_t bytes) {
  unsigned char head[22] = {(unsigned char)kind};
  uint16_t path_bytes = path ? (uint16_t)strlen(path) : 0, other_bytes = other ? (uint16_t)strlen(other) : 0;
  uint64_t data_bytes = bytes;
  memcpy(head + 2, &path_bytes, 2);
  memcpy(head + 4, &other_bytes, 2);
  memcpy(head + 6, &offset, 8);
  memcpy(head + 14, &data_bytes, 8);
  pthread_mutex_lock(&order);
  put(head, sizeof head);
  put(path, path_bytes);
  put(other, other_bytes);
  for (int index = 0; index < count && bytes > 0; index++) {
    size_t part = parts[index].iov_len < bytes ? parts[index].iov_len : bytes;
    put(parts[index].iov_base, part);
    bytes -= part;
  }
  pthread_mutex_unlock(&order);
}

__attribute__((constructor)) static void begin(void) {
  const char *log_path = getenv("MAYFLY_DISK_LOG"), *root = getenv("MAYFLY_DISK_FOLDER");
  if (!log_path || !root) return;
  snprintf(folder, sizeof folder, "%s", root);
  int (*open_)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  log_file = open_(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log_file < 0) abort();
}

/** Whether a path is below the folder, or the folder itself. */
static int concerns(const char *path) {
  size_t length = strlen(folder);
  return log_file >= 0 && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int path_of(int file, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return concerns(path);
}

static void wrote(int file, uint64_t offset, const struct iovec *parts, int count, ssize_t bytes) {
  char path[PATH_MAX];
  if (bytes > 0 && log_file >= 0 && path_of(file, path)) note(WROTE, path, NULL, offset, parts, count, (size_t)bytes);
}

static int open_noted(const char *name, const char *path, int flags, mode_t mode) {
  int (*open_)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);
  struct stat before;
  int is_new = (flags & O_CREAT) && concerns(path) && stat(path, &before) != 0;
  int file = open_(path, flags, mode);
  if (file >= 0 && is_new) note(CREATED, path, NULL, 0, NULL, 0, 0);
  return file;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return open_noted(#name, path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int file, const void *data, size_t bytes) {
  struct iovec part = {(void *)data, bytes};
  if (file == STDOUT_FILENO && log_file >= 0) note(ACKNOWLEDGED, NULL, NULL, 0, &part, 1, bytes);
  off_t offset = file == STDOUT_FILENO || log_file < 0 ? 0 : lseek(file, 0, SEEK_CUR);
  ssize_t done = raw_write(file, data, bytes);
  if (file != STDOUT_FILENO) wrote(file, (uint64_t)offset, &part, 1, done);
  return done;
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  REAL(ssize_t(*)(int, const struct iovec *, int), "writev");
  off_t offset = log_file < 0 ? 0 : lseek(file, 0, SEEK_CUR);
  ssize_t done = real(file, parts, count);
  wrote(file, (uint64_t)offset, parts, count, done);
  return done;
}

#define PWRITE(name) \
  ssize_t name(int file, const void *data, size_t bytes, off64_t offset) { \
    REAL(ssize_t(*)(int, const void *, size_t, off64_t), #name); \
    struct iovec part = {(void *)data, bytes}; \
    ssize_t done = real(file, data, bytes, offset); \
    wrote(file, (uint64_t)offset, &part, 1, done); \
    return done; \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define PWRITEV(name) \
  ssize_t name(int file, const struct iovec *parts, int count, off64_t offset) { \
    REAL(ssize_t(*)(int, const struct iovec *, int, off64_t), #name); \
    ssize_t done = real(file, parts, count, offset); \
    wrote(file, (uint64_t)offset, parts, count, done); \
    return done; \
  }
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define CUT_TO(name) \
  int name(int file, off64_t size) { \
    REAL(int (*)(int, off64_t), #name); \
    int answer = real(file, size); \
    char path[PATH_MAX]; \
    if (answer == 0 && log_file >= 0 && path_of(file, path)) note(CUT, path, NULL, (uint64_t)size, NULL, 0, 0); \
    return answer; \
  }
CUT_TO(ftruncate)
CUT_TO(ftruncate64)

int rename(const char *from, const char *to) {
  REAL(int (*)(const char *, const char *), "rename");
  int answer = real(from, to);
  if (answer == 0 && concerns(from)) note(RENAMED, from, to, 0, NULL, 0, 0);
  return answer;
}

int unlink(const char *path) {
  REAL(int (*)(const char *), "unlink");
  int answer = real(path);
  if (answer == 0 && concerns(path)) note(REMOVED, path, NULL, 0, NULL, 0, 0);
  return answer;
}

// What std::filesystem calls, and with it Node's rmSync: inside the C library, past unlink above.
int remove(const char *path) {
  REAL(int (*)(const char *), "remove");
  int answer = real(path);
  if (answer == 0 && concerns(path)) note(REMOVED, path, NULL, 0, NULL, 0, 0);
  return answer;
}

int mkdir(const char *path, mode_t mode) {
  REAL(int (*)(const char *, mode_t), "mkdir");
  int answer = real(path, mode);
  if (answer == 0 && concerns(path)) note(MADE_FOLDER, path, NULL, 0, NULL, 0, 0);
  return answer;
}

static int synced(const char *name, int file) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  char path[PATH_MAX];
  int is_ours = log_file >= 0 && path_of(file, path);
  // The two records of one sync find each other by the offset: a number of their own.
  static _Atomic uint64_t numbers;
  uint64_t number = ++numbers;
  if (is_ours) note(SYNC_BEGUN, path, NULL, number, NULL, 0, 0);
  int answer = real(file);
  if (is_ours && answer == 0) note(SYNC_ENDED, path, NULL, number, NULL, 0, 0);
  return answer;
}

int fsync(int file) { return synced("fsync", file); }

int fdatasync(int file) { return synced("fdatasync", file); }
