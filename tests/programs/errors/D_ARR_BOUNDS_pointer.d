/*
 * And by another spelling.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
int a[5];
BEGIN { trace(*(a + 7)); exit(0); }
