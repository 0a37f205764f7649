/*
 * @args: -xnolibs -xerrtags
 * @status: 1
 */
BEGIN { trace(SIGKILL); exit(0); }
