/* What the guest's checks trace: a program that knows what it has called, and says so on its last lines ("sys_NAME COUNT").
 *
 *   calls N      N times getppid, N/2 getpgid, N/4 getsid
 *   sleepers N   N threads asleep in the same call at the same time
 *   open         opens itself, and prints the error's number or 0
 *   opener       does that for each line it is given
 *   file         opens, reads 37 bytes of and closes the program itself; tries to open what is not there
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *nap(void *unused)
{
    struct timespec time = {0, 500000000};
    syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, 0);
    return unused;
}

static void open_self(const char *name)
{
    int fd = open(name, O_RDONLY);
    printf("%d\n", fd < 0 ? errno : 0);
    fflush(stdout);
    close(fd);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    long n = argc > 2 ? atol(argv[2]) : 0;

    if (!strcmp(what, "calls")) {
        for (long i = 0; i < n; i++) {
            syscall(SYS_getppid);
            if (i % 2 == 1)
                syscall(SYS_getpgid, 0);
            if (i % 4 == 3)
                syscall(SYS_getsid, 0);
        }
        printf("sys_getppid %ld\nsys_getpgid %ld\nsys_getsid %ld\n", n, n / 2, n / 4);
    } else if (!strcmp(what, "sleepers") && n <= 1000) {
        pthread_t threads[1000];
        for (long i = 0; i < n; i++)
            if (pthread_create(&threads[i], 0, nap, 0))
                return 1;
        for (long i = 0; i < n; i++)
            pthread_join(threads[i], 0);
        printf("sys_clock_nanosleep %ld\n", n);
    } else if (!strcmp(what, "open")) {
        open_self(argv[0]);
    } else if (!strcmp(what, "opener")) {
        char line[80];
        while (fgets(line, sizeof line, stdin))
            open_self(argv[0]);
    } else if (!strcmp(what, "file")) {
        char bytes[37];
        int fd = syscall(SYS_openat, AT_FDCWD, argv[0], O_RDONLY);
        if (read(fd, bytes, sizeof bytes) != sizeof bytes)
            return 1;
        close(fd);
        syscall(SYS_openat, AT_FDCWD, "/not there", O_RDONLY);
        syscall(SYS_getppid);
    } else {
        return 2;
    }
    return 0;
}
