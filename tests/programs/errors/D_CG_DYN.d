/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(curpsinfo); exit(0); }
