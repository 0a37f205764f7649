/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(d_path(3)); exit(0); }
