// Loaded into a process with LD_PRELOAD: the sync with the number MAYFLY_FAIL_SYNC (counting from 1, over all threads, or
// over those alone whose name begins with MAYFLY_FAIL_SYNC_THREAD) fails with EIO, once, as a disk fails. SQLite and libuv
// both sync through libc.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef int (*sync_call)(int);

static atomic_int syncs;

static int is_meant(void) {
  const char *thread = getenv("MAYFLY_FAIL_SYNC_THREAD");
  char name[16] = "";
  if (thread == NULL) return 1;
  pthread_getname_np(pthread_self(), name, sizeof name);
  return strncmp(name, thread, strlen(thread)) == 0;
}

static int fails(void) {
  const char *number = getenv("MAYFLY_FAIL_SYNC");
  return number != NULL && is_meant() && atomic_fetch_add(&syncs, 1) + 1 == atoi(number);
}

static int pass_on(const char *name, int file) {
  if (fails()) {
    errno = EIO;
    return -1;
  }
  return ((sync_call)dlsym(RTLD_NEXT, name))(file);
}

int fsync(int file) { return pass_on("fsync", file); }

int fdatasync(int file) { return pass_on("fdatasync", file); }
