/*
 * Only integers have a sign.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
signed float f;
BEGIN { exit(0); }
