/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(fds); exit(0); }
