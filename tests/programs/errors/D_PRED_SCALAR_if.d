/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { if ("text") exit(0); }
