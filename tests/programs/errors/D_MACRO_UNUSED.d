/*
 * @args: -xerrtags
 * @operands: 1 second
 * @status: 1
 */
BEGIN { exit($1); }
