/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(getf("x")); exit(0); }
