/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { nosuch(4); exit(0); }
