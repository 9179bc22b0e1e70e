/* A power cut for one folder: loaded before a program (LD_PRELOAD), writes down every change of a file in POWER_FOLDER and
 * every fsync of it, in order, in POWER_JOURNAL. tests/relay_faults/power.py makes the folder anew from it as a disk could have it.
 *
 * A record: kind (1 byte), process and thread (4 + 4), offset (8), length of path (4), length of data (4), path, data.
 * A change is noted before it is made, an fsync before it begins ('b') and after it has succeeded ('e').
 * In the kernel nothing is held back, so the program runs as it always does. Memory-mapped writes are not seen. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int journal = -1;
static char folder[4096];
static size_t folder_size;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("POWER_FOLDER"), *to = getenv("POWER_JOURNAL");
    if (!where || !to || strlen(where) >= sizeof folder) return;
    strcpy(folder, where);
    folder_size = strlen(folder);
    journal = REAL(open)(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The path of a regular file in the folder; 0 for anything else. */
static int watched(int fd, char *path) {
    struct stat about;
    char link[64];
    if (journal < 0 || fd == journal || fstat(fd, &about) || !S_ISREG(about.st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, 4095);
    if (size < 0) return 0;
    path[size] = 0;
    return !strncmp(path, folder, folder_size) && path[folder_size] == '/';
}

static void note(char kind, const char *path, int64_t offset, const void *data, uint32_t size) {
    unsigned char head[25];
    uint32_t process = (uint32_t)getpid(), thread = (uint32_t)syscall(SYS_gettid), length = (uint32_t)strlen(path);
    head[0] = (unsigned char)kind;
    memcpy(head + 1, &process, 4), memcpy(head + 5, &thread, 4), memcpy(head + 9, &offset, 8);
    memcpy(head + 17, &length, 4), memcpy(head + 21, &size, 4);
    struct iovec parts[3] = {{head, sizeof head}, {(void *)path, length}, {(void *)data, size}};
    /* One call with O_APPEND: records of several threads and processes do not mix. */
    if (REAL(writev)(journal, parts, size ? 3 : 2) < 0) abort();
}

ssize_t write(int fd, const void *data, size_t size) {
    char path[4096];
    if (watched(fd, path)) {
        off_t at = fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
        note('w', path, at, data, (uint32_t)size);
    }
    return REAL(write)(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    char path[4096];
    if (watched(fd, path)) note('w', path, at, data, (uint32_t)size);
    return REAL(pwrite)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    char path[4096];
    if (watched(fd, path)) note('w', path, at, data, (uint32_t)size);
    return REAL(pwrite64)(fd, data, size, at);
}

int ftruncate(int fd, off_t size) {
    char path[4096];
    if (watched(fd, path)) note('t', path, size, "", 0);
    return REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    char path[4096];
    if (watched(fd, path)) note('t', path, size, "", 0);
    return REAL(ftruncate64)(fd, size);
}

int fsync(int fd) {
    char path[4096];
    int seen = watched(fd, path);
    if (seen) note('b', path, 0, "", 0);
    int result = REAL(fsync)(fd);
    if (seen && !result) note('e', path, 0, "", 0);
    return result;
}

int fdatasync(int fd) {
    char path[4096];
    int seen = watched(fd, path);
    if (seen) note('b', path, 0, "", 0);
    int result = REAL(fdatasync)(fd);
    if (seen && !result) note('e', path, 0, "", 0);
    return result;
}

int unlink(const char *name) {
    char path[4096];
    if (journal >= 0 && realpath(name, path) && !strncmp(path, folder, folder_size) && path[folder_size] == '/')
        note('u', path, 0, "", 0);
    return REAL(unlink)(name);
}
