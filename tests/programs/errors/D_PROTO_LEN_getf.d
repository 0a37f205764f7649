/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(getf()); exit(0); }
