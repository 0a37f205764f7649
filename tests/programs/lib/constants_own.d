/* A program's own definition goes before the library's. */
#pragma D option quiet
inline int SIGKILL = 99;
inline int AF_INET = 3;

BEGIN { printf("%d %d %d\n", SIGKILL, AF_INET, AF_INET6); exit(0); }
