/*
 * @args: -xerrtags
 * @status: 1
 */
a:b:c:d:e { exit(0); }
