/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { SIGKILL = 8; exit(0); }
