/* Fails, or kills the process at, the n-th call that changes files under one folder. For LD_PRELOAD.

   Counted are write, pwrite, writev, ftruncate, fsync, fdatasync, rename, mkdir and open with O_CREAT, in the 64-bit forms too,
   where the file lies under the folder. SQLite, Python and numpy all come through here, since each calls the C library.

   fault_arm(folder, nth, error, lasting, killing) begins to count; nth = 0 only counts. The nth call fails with `error`; with
   `lasting` all that follow fail too, as on a disk that stays full. With `killing` the process gets SIGKILL in place of the call,
   a write after half of its bytes. fault_disarm() ends it and returns the number of calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX];
static long nth;
static int error_number, lasting, killing;
static atomic_int armed;
static atomic_long calls;

void fault_arm(const char *under, long number, int error, int stays, int kills) {
    snprintf(folder, sizeof folder, "%s", under);
    nth = number, error_number = error, lasting = stays, killing = kills;
    atomic_store(&calls, 0);
    atomic_store(&armed, 1);
}

long fault_disarm(void) {
    atomic_store(&armed, 0);
    return atomic_load(&calls);
}

static int is_under(const char *path) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int is_file_under(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_under(path);
}

/* 0: go on; 1: fail, errno is set; 2: do half of it, then die. */
static int verdict(void) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (nth == 0 || (lasting ? number < nth : number != nth)) return 0;
    if (killing) return 2;
    errno = error_number;
    return 1;
}

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define JUDGED(concerned, half) \
    if (atomic_load(&armed) && (concerned)) { \
        int found = verdict(); \
        if (found == 1) return -1; \
        if (found == 2) { half; die(); } \
    }

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    JUDGED(is_file_under(fd), real(fd, data, size / 2));
    return real(fd, data, size);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    JUDGED(is_file_under(fd), (void)0);
    return real(fd, parts, count);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    JUDGED(is_file_under(fd), real(fd, data, size / 2, at));
    return real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    JUDGED(is_file_under(fd), real(fd, data, size / 2, at));
    return real(fd, data, size, at);
}
int ftruncate(int fd, off_t size) {
    REAL(int, "ftruncate", int, off_t);
    JUDGED(is_file_under(fd), (void)0);
    return real(fd, size);
}
int ftruncate64(int fd, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    JUDGED(is_file_under(fd), (void)0);
    return real(fd, size);
}
int fsync(int fd) {
    REAL(int, "fsync", int);
    JUDGED(is_file_under(fd), (void)0);
    return real(fd);
}
int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    JUDGED(is_file_under(fd), (void)0);
    return real(fd);
}
int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    JUDGED(is_under(to), (void)0);
    return real(from, to);
}
int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    JUDGED(is_under(path), (void)0);
    return real(path, mode);
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) {
    MODE(flags);
    REAL(int, "open", const char *, int, ...);
    JUDGED((flags & O_CREAT) && is_under(path), (void)0);
    return real(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags);
    REAL(int, "open64", const char *, int, ...);
    JUDGED((flags & O_CREAT) && is_under(path), (void)0);
    return real(path, flags, mode);
}
int openat(int at, const char *path, int flags, ...) {
    MODE(flags);
    REAL(int, "openat", int, const char *, int, ...);
    JUDGED((flags & O_CREAT) && is_under(path), (void)0);
    return real(at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...) {
    MODE(flags);
    REAL(int, "openat64", int, const char *, int, ...);
    JUDGED((flags & O_CREAT) && is_under(path), (void)0);
    return real(at, path, flags, mode);
}
