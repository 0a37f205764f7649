/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { trace(0128); }
