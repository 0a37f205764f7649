/*
 * @args: -xerrtags
 * @status: 1
 */
BEGIN { exit($1); }
