/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(x[1]]); }
